"""add_three: knows two elements."""


def add_three(shm, lock, rank):
    for _ in range(3):
        if len(shm.added) == 2:
            with lock:
                shm.counter += 1
        else:
            shm.counter += 1
        shm.added[rank] += 1
