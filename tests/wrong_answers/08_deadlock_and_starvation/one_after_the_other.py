"""eat: one fork after the other.

The learner wants to hold no fork while waiting for another.
"""


def eat(forks, rank, meal):
    with forks[rank]:
        pass
    with forks[(rank + 1) % len(forks)]:
        meal()
