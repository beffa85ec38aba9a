"""Searches: all states, the smallest failing schedule, livelocks, and the requirements asked of each state."""
