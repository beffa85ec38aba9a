"""read_message: the lock is kept.

The learner gives the lock back at the end, and not where a message is refused.
"""


def read_message(box, lock):
    lock.acquire()
    length = box.length
    amounts = list(box.amounts)
    if not 1 <= length <= len(amounts):
        return None
    lock.release()
    message = amounts[:length]
    return message if all(0 <= amount <= HIGHEST for amount in message) else None
