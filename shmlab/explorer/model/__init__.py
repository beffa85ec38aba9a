"""The steps that may come next: memory, synchronization, and what each process does."""
