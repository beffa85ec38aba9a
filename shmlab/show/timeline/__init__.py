"""The picture of a witness: who does what, step by step, and what the memory holds."""
