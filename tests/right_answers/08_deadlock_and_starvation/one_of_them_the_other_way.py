"""eat: only the last seat takes its forks the other way round"""


def eat(forks, rank, meal):
    hands = [rank, rank + 1] if rank + 1 < len(forks) else [0, rank]
    for fork in hands:
        forks[fork].acquire()
    try:
        meal()
    finally:
        for fork in reversed(hands):
            forks[fork].release()
