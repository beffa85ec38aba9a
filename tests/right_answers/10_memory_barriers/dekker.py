"""enter: by Dekker's rules.

Whose turn it is not takes its flag down until it is; every store that a look follows has a fence.
"""


def enter(door, rank):
    other = 1 - rank
    door.wants[rank] = 1
    fence()
    while door.wants[other]:
        if door.turn == other:
            door.wants[rank] = 0
            while door.turn == other:
                pause()
            door.wants[rank] = 1
            fence()


def leave(door, rank):
    fence()
    door.turn = 1 - rank
    fence()
    door.wants[rank] = 0
