"""Exercises made from solutions, and what is wrong with an exercise."""
