"""read_message: an amount below 0.

The learner looks at the upper end of the amounts only.
"""


def read_message(box, lock):
    with lock:
        length = box.length
        amounts = list(box.amounts)
    if not 1 <= length <= len(amounts):
        return None
    message = amounts[:length]
    return message if max(message) <= HIGHEST else None
