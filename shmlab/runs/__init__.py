"""Run a program in real processes, and force a schedule on them."""
