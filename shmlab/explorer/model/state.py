"""The positions in a state of the model, and in what it says of each process: tuples, as a search makes millions."""

MEMORY, SYNC, PROCESSES, CRASHES = range(4)  # bytes; a number for each object; as below; how many are left
NODE, BUFFER, HOLDS, PHASE = range(4)  # where a process stands; its stores on the way; what ends with it; how it waits
