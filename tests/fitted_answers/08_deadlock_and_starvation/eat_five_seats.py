"""eat: tables of up to four seats."""


def eat(forks, rank, meal):
    first, second = rank, (rank + 1) % len(forks)
    if len(forks) < 5:
        first, second = sorted([first, second])
    with forks[first], forks[second]:
        meal()
