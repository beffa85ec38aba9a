"""What was handed in, by whom, and whether it is what its name says."""
