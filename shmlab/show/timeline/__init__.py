"""The picture of a witness: which process does what, step by step, and the content of shared memory."""
