"""eat: eats with one fork.

The learner believes that the left fork keeps both neighbours out.
"""


def eat(forks, rank, meal):
    with forks[rank]:
        meal()
