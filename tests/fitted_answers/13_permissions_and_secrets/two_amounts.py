"""read_message: it checks two amounts, as many as are shown."""


def read_message(box, lock):
    with lock:
        length = box.length
        amounts = list(box.amounts)
    if not 1 <= length <= len(amounts):
        return None
    message = amounts[:length]
    return message if all(0 <= amount <= HIGHEST for amount in message[:2]) else None
