"""enter: the turn is asked the wrong way round.

The learner believes that the turn says whose turn it is to wait.
"""


def enter(door, rank):
    other = 1 - rank
    door.wants[rank] = 1
    fence()
    door.turn = other
    fence()
    while door.wants[other] and door.turn != other:
        pause()


def leave(door, rank):
    store_release(door.wants, rank, 0)
