"""add_three: each addition is a function of its own, called in a list comprehension."""


def once(shm, lock, rank):
    with lock:
        shm.counter += 1
    shm.added[rank] += 1


def add_three(shm, lock, rank):
    [once(shm, lock, rank) for _ in range(3)]
