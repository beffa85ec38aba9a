"""eat: lets go and tries again.

The learner believes that a deadlock is over as soon as nobody insists on the second fork.
"""


def eat(forks, rank, meal):
    left, right = forks[rank], forks[(rank + 1) % len(forks)]
    while True:
        left.acquire()
        if right.try_acquire():
            break
        left.release()
    meal()
    right.release()
    left.release()
