"""The command line: what `shmlab` does, verb by verb."""
