"""What the system says of a process: its address space, its system calls, what a C program prints."""
