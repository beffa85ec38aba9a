"""Exercises that grade themselves: in a learner's notebook, and for a thousand submissions in sandboxes."""
