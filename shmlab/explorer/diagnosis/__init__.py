"""The name of what went wrong, and the proof: the program with one thing repaired."""
