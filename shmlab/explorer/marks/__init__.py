"""Marks: bytes that decide all that a process will do from here. Equal marks, same future."""
