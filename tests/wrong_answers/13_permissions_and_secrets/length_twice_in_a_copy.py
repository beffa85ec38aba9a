"""read_message: the length is looked at twice.

The learner believes that the lock keeps everybody out.
"""


def read_message(box, lock):
    with lock:
        amounts = list(box.amounts)
        if not 1 <= box.length <= len(amounts):
            return None
        got = amounts[: box.length]
    if all(0 <= a <= 100 for a in got):
        return got
    return None
