"""eat: one lock for the whole table.

The learner takes one fork for everybody as the key of the table.
"""


def eat(forks, rank, meal):
    with forks[0]:
        meal()
