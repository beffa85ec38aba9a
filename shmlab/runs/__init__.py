"""Runs of a program in real processes: what they share, what came of them, a schedule forced on them."""
