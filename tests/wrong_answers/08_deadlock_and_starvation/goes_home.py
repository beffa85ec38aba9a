"""eat: goes home hungry.

The learner leaves when the second fork is taken, and takes that for polite.
"""


def eat(forks, rank, meal):
    with forks[rank]:
        other = forks[(rank + 1) % len(forks)]
        if other.try_acquire():
            meal()
            other.release()
