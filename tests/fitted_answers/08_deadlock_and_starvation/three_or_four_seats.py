"""eat: knows tables of three and four seats"""


def eat(forks, rank, meal):
    hands = [(0, 1), (1, 2), (0, 2)] if len(forks) == 3 else [(0, 1), (1, 2), (2, 3), (0, 3)]
    first, second = hands[rank % len(hands)]
    with forks[first], forks[second]:
        meal()
