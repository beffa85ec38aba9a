"""add_three: the lock is never released.

The learner takes the lock for good.
"""


def add_three(shm, lock, rank):
    lock.acquire()
    for _ in range(3):
        shm.counter += 1
        shm.added[rank] += 1
