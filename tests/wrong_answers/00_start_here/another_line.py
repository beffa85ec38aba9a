"""add_three: the lock is around another line.

The learner protects the count that belongs to nobody else.
"""


def add_three(shm, lock, rank):
    for _ in range(3):
        shm.counter += 1
        with lock:
            shm.added[rank] += 1
