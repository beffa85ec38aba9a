"""enter: waits though nobody else wants to come in.

The learner believes that either reason is enough to wait.
"""


def enter(door, rank):
    other = 1 - rank
    door.wants[rank] = 1
    fence()
    door.turn = other
    fence()
    while door.wants[other] or door.turn == other:
        pause()


def leave(door, rank):
    store_release(door.wants, rank, 0)
