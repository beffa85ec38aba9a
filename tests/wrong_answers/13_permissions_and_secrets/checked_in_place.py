"""read_message: checked in place.

The learner checks each number in the box, and takes it from there afterwards.
"""


def read_message(box, lock):
    length = box.length
    if not 1 <= length <= len(box.amounts):
        return None
    if any(not 0 <= box.amounts[at] <= HIGHEST for at in range(length)):
        return None
    return [box.amounts[at] for at in range(length)]
