"""add_three: more than its own.

The learner lets whoever comes first do the work of all.
"""


def add_three(shm, lock, rank):
    with lock:
        while shm.counter < 6:
            shm.counter += 1
            shm.added[rank] += 1
