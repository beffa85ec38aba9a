"""read_message: the whole box copied by its own type."""


def read_message(box, lock):
    with lock:
        mine = type(box).from_buffer_copy(box)
    if not 1 <= mine.length <= len(mine.amounts):
        return None
    message = mine.amounts[: mine.length]
    return message if min(message) >= 0 and max(message) <= HIGHEST else None
