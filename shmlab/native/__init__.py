"""All C code of the package: atomics and the ring, in C11. Without a compiler it is not built, and the rest works."""
