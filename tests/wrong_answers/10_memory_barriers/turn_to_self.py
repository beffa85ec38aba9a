"""enter: keeps the turn for itself.

The learner believes that one asks for the turn.
"""


def enter(door, rank):
    other = 1 - rank
    door.wants[rank] = 1
    fence()
    door.turn = rank
    fence()
    while door.wants[other] and door.turn == other:
        pause()


def leave(door, rank):
    store_release(door.wants, rank, 0)
