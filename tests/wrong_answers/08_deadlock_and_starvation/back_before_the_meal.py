"""eat: the forks are put back before the meal.

The learner believes that to have had both forks is enough.
"""


def eat(forks, rank, meal):
    first = min(rank, (rank + 1) % len(forks))
    second = max(rank, (rank + 1) % len(forks))
    with forks[first], forks[second]:
        ready = True
    if ready:
        meal()
