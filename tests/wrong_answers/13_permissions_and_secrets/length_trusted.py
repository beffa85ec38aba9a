"""read_message: the length is trusted.

The learner checks the amounts, and not how many there are.
"""


def read_message(box, lock):
    with lock:
        amounts = [box.amounts[at] for at in range(box.length)]
    if not amounts or not all(0 <= amount <= HIGHEST for amount in amounts):
        return None
    return amounts
