"""enter: the fence comes too late.

The learner believes that a fence belongs before what is to be protected.
"""


def enter(door, rank):
    other = 1 - rank
    door.wants[rank] = 1
    door.turn = other
    while door.wants[other] and door.turn == other:
        pause()
    fence()


def leave(door, rank):
    fence()
    door.wants[rank] = 0
