"""read_message: all numbers copied before the lock is given back by hand, and checked one by one."""


def read_message(box, lock):
    lock.acquire()
    try:
        *amounts, length = [box.amounts[at] for at in range(len(box.amounts))] + [box.length]
    finally:
        lock.release()
    counting = []
    while len(counting) < length:
        if len(counting) == len(amounts):
            return None
        amount = amounts[len(counting)]
        if amount < 0 or amount > HIGHEST:
            return None
        counting.append(int(amount))
    return counting or None
