"""barrier: takes back its own units.

The learner gives a unit for each of the others, and believes that they go to these.
"""


def door_counts():
    return [0, 0]


def wait_for_all(room, lock, doors, parties):
    for _ in range(parties - 1):
        doors[0].release()
    for _ in range(parties - 1):
        doors[0].acquire()
