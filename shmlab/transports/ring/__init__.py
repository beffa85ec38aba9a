"""The ring in shared memory: for one sender and one receiver, in C and in Python."""
