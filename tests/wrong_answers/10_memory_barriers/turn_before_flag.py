"""enter: gives way before it says that it wants.

The learner believes that the order of the two stores does not matter.
"""


def enter(door, rank):
    other = 1 - rank
    door.turn = other
    fence()
    door.wants[rank] = 1
    fence()
    while door.wants[other] and door.turn == other:
        pause()


def leave(door, rank):
    store_release(door.wants, rank, 0)
