"""read_message: not all of them are checked.

The learner returns from the loop when the first amount is good.
"""


def read_message(box, lock):
    with lock:
        length = box.length
        amounts = list(box.amounts)
    if not 1 <= length <= len(amounts):
        return None
    for amount in amounts[:length]:
        if not 0 <= amount <= HIGHEST:
            return None
        return amounts[:length]
    return None
