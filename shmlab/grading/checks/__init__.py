"""The check of an exercise: its parts, its hints, its feedback."""
