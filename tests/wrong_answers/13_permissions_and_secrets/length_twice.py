"""read_message: the length is looked at twice.

The learner checks the length, and then asks the box again.
"""


def read_message(box, lock):
    with lock:
        if not 1 <= box.length <= len(box.amounts):
            return None
        amounts = [box.amounts[at] for at in range(box.length)]
    if not all(0 <= amount <= HIGHEST for amount in amounts):
        return None
    return amounts
