"""enter: strict turns.

The learner believes that taking turns means one after the other.
"""


def enter(door, rank):
    while door.turn != rank:
        pause()


def leave(door, rank):
    store_release(door, "turn", 1 - rank)
