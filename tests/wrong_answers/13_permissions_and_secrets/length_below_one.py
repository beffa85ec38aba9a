"""read_message: a length below 1.

The learner looks at the upper end only.
"""


def read_message(box, lock):
    with lock:
        length = box.length
        amounts = list(box.amounts)
    if length > len(amounts):
        return None
    message = amounts[:length]
    return message if all(0 <= amount <= HIGHEST for amount in message) else None
