"""Functions in fresh processes: how they are launched, what they print, how they ended."""
