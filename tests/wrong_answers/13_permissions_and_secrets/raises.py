"""read_message: it raises.

The learner refuses by an exception.
"""


def read_message(box, lock):
    with lock:
        n = box.length
        if n > len(box.amounts) or n < 1:
            raise ValueError("bad length")
        a = [box.amounts[i] for i in range(n)]
    if max(a) > HIGHEST or min(a) < 0:
        raise ValueError("bad amount")
    return a
