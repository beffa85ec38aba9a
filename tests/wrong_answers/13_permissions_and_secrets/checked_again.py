"""read_message: checked again in the box.

The learner copies, and looks at the box once more.
"""


def read_message(box, lock):
    with lock:
        n = box.length
        if not 1 <= n <= len(box.amounts):
            return None
        for i in range(n):
            if not 0 <= box.amounts[i] <= HIGHEST:
                return None
        a = [box.amounts[i] for i in range(n)]
        if box.length != n:
            return None
        for i in range(n):
            if not 0 <= box.amounts[i] <= HIGHEST:
                return None
        return a
