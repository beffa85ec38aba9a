"""What every room stands on: interrupts, progress, tables, bytes, exceptions in words, the verbs of objects."""
