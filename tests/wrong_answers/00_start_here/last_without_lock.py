"""add_three: not each addition is locked.

The learner takes the lock for some of the additions only.
"""


def add_three(shm, lock, rank):
    for number in range(3):
        if number < 2:
            with lock:
                shm.counter += 1
        else:
            shm.counter += 1
        shm.added[rank] += 1
