"""enter: each waits for the other.

The learner believes that the turn is a matter of politeness.
"""


def enter(door, rank):
    door.wants[rank] = 1
    fence()
    while door.wants[1 - rank]:
        pause()


def leave(door, rank):
    store_release(door.wants, rank, 0)
