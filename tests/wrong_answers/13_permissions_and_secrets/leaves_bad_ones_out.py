"""read_message: mended instead of refused.

The learner keeps what is good in a wrong message.
"""


def read_message(box, lock):
    with lock:
        n = box.length
        if not 1 <= n <= len(box.amounts):
            return None
        a = [box.amounts[i] for i in range(n)]
    a = [x for x in a if 0 <= x <= HIGHEST]
    return a or None
