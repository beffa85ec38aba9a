"""A learner's function, stopped before each operation: its source with marks in it, copies of all that it reaches."""
