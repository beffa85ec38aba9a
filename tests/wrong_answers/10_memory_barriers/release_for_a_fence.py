"""enter: a release instead of a fence.

The learner believes that a release makes a store visible at once.
"""


def enter(door, rank):
    other = 1 - rank
    store_release(door.wants, rank, 1)
    store_release(door, "turn", other)
    while load_acquire(door.wants, other) and load_acquire(door, "turn") == other:
        pause()


def leave(door, rank):
    store_release(door.wants, rank, 0)
