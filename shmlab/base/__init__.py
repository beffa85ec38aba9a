"""Offer what all other folders use: interrupts, progress bars, tables, pickling, texts of exceptions, verbs."""
