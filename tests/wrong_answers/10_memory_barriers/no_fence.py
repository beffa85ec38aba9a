"""enter: no fence.

The learner believes the textbook, which believes that a store is seen at once.
"""


def enter(door, rank):
    other = 1 - rank
    door.wants[rank] = 1
    door.turn = other
    while door.wants[other] and door.turn == other:
        pause()


def leave(door, rank):
    door.wants[rank] = 0
