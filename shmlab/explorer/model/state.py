"""Positions in the tuples that make up a state of the model, see model. They are tuples because a search makes
millions."""

# Of a state: bytes; a number for each object; a tuple for each process, as below; how many crashes may still come.
MEMORY, SYNC, PROCESSES, CRASHES = range(4)
# Of a process: its node; its store buffer; the units that the kernel gives back when it ends; how it waits.
NODE, BUFFER, HOLDS, PHASE = range(4)
