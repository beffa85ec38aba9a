"""add_three: only its own count takes turns.

The learner lets others come between the additions to `added`, and makes those to the counter in one go.
"""


def add_three(shm, lock, rank):
    shm.added[rank] += 1
    with lock:
        for _ in range(3):
            shm.counter += 1
    shm.added[rank] += 2
