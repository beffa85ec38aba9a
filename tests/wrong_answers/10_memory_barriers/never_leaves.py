"""enter: wants for ever.

The learner believes that giving the turn away is enough.
"""


def enter(door, rank):
    other = 1 - rank
    door.wants[rank] = 1
    fence()
    door.turn = other
    fence()
    while door.wants[other] and door.turn == other:
        pause()


def leave(door, rank):
    store_release(door, "turn", 1 - rank)
