"""enter: left by a plain store.

The learner believes that only those who come in need fences.
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
    door.wants[rank] = 0
