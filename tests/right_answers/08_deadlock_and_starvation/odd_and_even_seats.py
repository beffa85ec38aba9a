"""eat: even seats begin on the left, odd ones on the right"""


def eat(forks, rank, meal):
    beside = (rank + 1) % len(forks)
    first, second = (rank, beside) if rank % 2 == 0 else (beside, rank)
    forks[first].acquire()
    forks[second].acquire()
    meal()
    forks[first].release()
    forks[second].release()
