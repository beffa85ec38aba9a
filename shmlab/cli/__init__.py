"""Run the commands of `shmlab`."""
