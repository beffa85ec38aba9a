"""add_three: acquire takes no argument.

The learner uses the lock as one of Python's threads.
"""


def add_three(shm, lock, rank):
    for _ in range(3):
        while not lock.acquire(blocking=False):
            pass
        shm.counter += 1
        lock.release()
        shm.added[rank] += 1
