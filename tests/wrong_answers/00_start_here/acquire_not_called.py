"""add_three: acquire without brackets.

The learner names the function, and believes that this calls it.
"""


def add_three(shm, lock, rank):
    for _ in range(3):
        lock.acquire  # noqa: B018
        shm.counter += 1
        lock.release()
        shm.added[rank] += 1
