"""Every state, the smallest failing schedule, livelocks, and what must hold."""
