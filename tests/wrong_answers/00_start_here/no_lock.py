"""add_three: no lock.

The learner believes that `+=` is one step.
"""


def add_three(shm, lock, rank):
    for _ in range(3):
        shm.counter += 1
        shm.added[rank] += 1
