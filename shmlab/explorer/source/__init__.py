"""The text of a learner's functions: with marks in it, and what it says about them."""
