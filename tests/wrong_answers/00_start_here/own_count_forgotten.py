"""add_three: its own count is forgotten.

The learner thinks of the counter only.
"""


def add_three(shm, lock, rank):
    for _ in range(3):
        with lock:
            shm.counter += 1
