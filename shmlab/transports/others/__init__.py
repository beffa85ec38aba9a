"""Transports of other libraries, where they are installed."""
