"""enter: the fence comes before the turn.

The learner believes that only the word that one wants to come in must be seen in time.
"""


def enter(door, rank):
    other = 1 - rank
    door.wants[rank] = 1
    fence()
    door.turn = other
    while door.wants[other] and door.turn == other:
        pause()


def leave(door, rank):
    store_release(door.wants, rank, 0)
