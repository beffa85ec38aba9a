"""Panels with buttons, for a notebook."""
