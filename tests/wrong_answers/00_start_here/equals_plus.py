"""add_three: stored without loading.

The learner writes =+ for +=, which stores the number 1.
"""


def add_three(shm, lock, rank):
    for _ in range(3):
        with lock:
            shm.counter =+ 1  # fmt: skip
        shm.added[rank] += 1
