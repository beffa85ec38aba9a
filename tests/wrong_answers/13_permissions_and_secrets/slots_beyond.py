"""read_message: slots that do not count.

The learner checks whatever is in the box.
"""


def read_message(box, lock):
    with lock:
        n = box.length
        a = [box.amounts[i] for i in range(len(box.amounts))]
    if not 1 <= n <= len(a):
        return None
    for x in a:
        if not 0 <= x <= HIGHEST:
            return None
    return a[:n]
