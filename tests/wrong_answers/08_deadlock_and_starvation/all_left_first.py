"""eat: everybody begins on the same side.

The learner takes the forks as the story tells it: left, then right.
"""


def eat(forks, rank, meal):
    left, right = forks[rank], forks[(rank + 1) % len(forks)]
    with left, right:
        meal()
