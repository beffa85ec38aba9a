"""read_message: nothing is returned.

The learner believes that who refuses everything is safe.
"""


def read_message(box, lock):
    with lock:
        length = box.length
    if 1 <= length < 1:
        return []
    return None
