"""barrier: looks again and again.

The learner believes that everybody looks before anybody comes back.
"""


def door_counts():
    return [0, 0]


def wait_for_all(room, lock, doors, parties):
    with lock:
        room.count += 1
    while room.count % parties != 0:
        pass
