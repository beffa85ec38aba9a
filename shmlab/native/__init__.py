"""All C of the package: atomics and the ring, in C11. An installation without a compiler has none of it."""
