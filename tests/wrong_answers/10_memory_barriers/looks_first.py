"""enter: looks before it says that it wants.

The learner believes that one looks whether a door is free before one goes in.
"""


def enter(door, rank):
    while door.wants[1 - rank]:
        pause()
    door.wants[rank] = 1
    fence()


def leave(door, rank):
    store_release(door.wants, rank, 0)
