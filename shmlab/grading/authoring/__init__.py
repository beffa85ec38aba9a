"""Make exercises from solutions, and check exercises that a teacher wrote."""
