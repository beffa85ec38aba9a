"""read_message: checked for one length, taken for another.

The learner copies the amounts, and asks the box again how many of them count.
"""


def read_message(box, lock):
    with lock:
        amounts = list(box.amounts)
        length = box.length
        if not 1 <= length <= len(amounts):
            return None
        if not all(0 <= a <= 100 for a in amounts[:length]):
            return None
        length = box.length
    if not 1 <= length <= len(amounts):
        return None
    return amounts[:length]
