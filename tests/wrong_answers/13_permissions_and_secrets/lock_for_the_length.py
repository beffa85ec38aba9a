"""read_message: the lock is given back too early.

The learner takes the lock for the length alone.
"""


def read_message(box, lock):
    with lock:
        length = box.length
    if not 1 <= length <= len(box.amounts):
        return None
    message = list(box.amounts)[:length]
    return message if all(0 <= amount <= HIGHEST for amount in message) else None
