"""Run a learner's function and stop it before each operation: marks in its source, copies of all that it reaches."""
