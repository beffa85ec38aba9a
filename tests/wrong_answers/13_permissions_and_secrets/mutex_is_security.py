"""read_message: a lock against those who ask it.

The learner believes that under a lock nobody stores.
"""


def read_message(box, lock):
    with lock:
        length = box.length
        if not 1 <= length <= len(box.amounts):
            return None
        for at in range(length):
            if not 0 <= box.amounts[at] <= HIGHEST:
                return None
        return list(box.amounts)[:length]
