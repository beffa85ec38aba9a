"""add_three: acquired while it is held.

The learner acquires the lock for each addition, and forgets to release it.
"""


def add_three(shm, lock, rank):
    for _ in range(3):
        lock.acquire()
        shm.counter += 1
        shm.added[rank] += 1
