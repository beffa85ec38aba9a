"""add_one: the lock is never released.

The learner believes that a lock is given back when the loop goes on.
"""


def add_three(shm, lock, rank):
    for _ in range(3):
        lock.acquire()
        shm.counter += 1
        shm.added[rank] += 1
