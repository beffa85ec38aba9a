"""barrier: nobody waits.

The learner believes that processes which do the same work are done at the same time.
"""


def door_counts():
    return [0, 0]


def wait_for_all(room, lock, doors, parties):
    room.count = 0
