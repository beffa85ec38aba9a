"""add_three: all additions at once.

The learner locks everything there is: safe, and nobody takes turns.
"""


def add_three(shm, lock, rank):
    with lock:
        for _ in range(3):
            shm.counter += 1
            shm.added[rank] += 1
