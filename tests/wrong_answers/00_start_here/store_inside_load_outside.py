"""add_three: loaded before the lock, stored inside.

The learner believes that only changes need protection.
"""


def add_three(shm, lock, rank):
    for _ in range(3):
        value = shm.counter
        with lock:
            shm.counter = value + 1
        shm.added[rank] += 1
