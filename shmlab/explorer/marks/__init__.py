"""What decides all that a process will do from here: two equal marks, one future."""
