"""eat: a fork is never put back.

The learner puts the second fork back and forgets the first.
"""


def eat(forks, rank, meal):
    first, second = sorted([rank, (rank + 1) % len(forks)])
    forks[first].acquire()
    forks[second].acquire()
    meal()
    forks[second].release()
