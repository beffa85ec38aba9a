"""add_three: loaded inside the lock, stored outside.

The learner protects the looking, and believes that the storing is harmless.
"""


def add_three(shm, lock, rank):
    for _ in range(3):
        with lock:
            value = shm.counter
        shm.counter = value + 1
        shm.added[rank] += 1
