"""Run functions in fresh processes, and report what they print and how they ended."""
