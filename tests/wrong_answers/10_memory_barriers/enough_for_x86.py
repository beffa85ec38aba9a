"""enter: right on x86 only.

The learner has tried it on a laptop, for a week.
"""


def enter(door, rank):
    other = 1 - rank
    door.wants[rank] = 1
    door.turn = other
    fence()
    while door.wants[other] and door.turn == other:
        pause()


def leave(door, rank):
    store_release(door.wants, rank, 0)
