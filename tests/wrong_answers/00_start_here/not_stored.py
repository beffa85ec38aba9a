"""add_three: nothing is stored.

The learner computes the sum in a variable of the process, and forgets to store it.
"""


def add_three(shm, lock, rank):
    for _ in range(3):
        with lock:
            counter = shm.counter
            counter += 1
        shm.added[rank] += 1
