"""Find what was handed in, by whom, and whether it is what its file name says."""
