"""add_three: one addition is missing.

The learner counts from 1 to 3, and range leaves the 3 out.
"""


def add_three(shm, lock, rank):
    for _ in range(1, 3):
        with lock:
            shm.counter += 1
        shm.added[rank] += 1
