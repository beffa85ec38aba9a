"""The model: states of a program, the steps that may come next, and what each process does."""
