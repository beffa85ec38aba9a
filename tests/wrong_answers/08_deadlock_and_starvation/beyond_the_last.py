"""eat: there is no fork beyond the last.

The learner forgets that the table is round.
"""


def eat(forks, rank, meal):
    with forks[rank], forks[rank + 1]:
        meal()
