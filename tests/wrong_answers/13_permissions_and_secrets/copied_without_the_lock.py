"""read_message: half of one and half of another.

The learner copies first, and needs no lock for a copy.
"""


def read_message(box, lock):
    length = box.length
    amounts = list(box.amounts)
    if not 1 <= length <= len(amounts):
        return None
    message = amounts[:length]
    return message if all(0 <= amount <= HIGHEST for amount in message) else None
