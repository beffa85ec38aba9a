"""Send operations and places in messages, and check those from a learner's process before they are used."""

from shmlab.explorer import ops
from shmlab.explorer.model.linearization import plain
from shmlab.explorer.ops import Op, Place
from shmlab.grading.messages.texts import is_count, is_text, shortened
from shmlab.grading.messages.values import packed, unpacked
from shmlab.grading.messages.wire import Tampered

_MOST_REGISTERS = 40  # in one place
_TIMED = {"acquire", "wait", "barrier"}
_OF_OBJECT = {
    "Semaphore": {"acquire", "try_acquire", "release", "value"},
    "Mutex": {"acquire", "try_acquire", "release", "consistent"},
    "Condition": {"wait", "notify", "notify_all"},
    "Barrier": {"barrier"},
}
_OPERANDS = {"fetch_add": 1, "exchange": 1, "compare_exchange": 2}


def packed_op(op):
    """Return an operation as JSON data."""
    return [op.kind, op.place, op.size, [packed(value) for value in op.values]]


def checked_op(data, may_touch, objects):
    """Return the Op for a result of `packed_op`. Raises Tampered for an operation that no learner's function can do.

    `may_touch(place, size)`: whether these bytes were passed to the function. `objects`: number -> kind of each
    synchronization object that was passed to it.
    """
    if not (isinstance(data, list) and len(data) == 4 and isinstance(data[0], str) and isinstance(data[3], list)):
        raise Tampered("an operation of no known form")
    kind, place, size, values = data
    if not (is_count(place) and is_count(size)):
        raise Tampered("an operation on no place")
    values = tuple(unpacked(value) for value in values)
    if kind in (ops.INVOKE, ops.RESPOND):
        return _operation_of_program(kind, values)
    if kind == "fence" and (place, size, values) == (0, 0, ()):
        return Op(kind)
    fits = _memory_fits(kind, size, values) if kind in ops.MEMORY else _object_fits(kind, size, values)
    allowed = may_touch(place, size) if kind in ops.MEMORY else kind in _OF_OBJECT.get(objects.get(place), ())
    if not (fits and allowed):
        raise Tampered(f"an operation {kind!r:.40} on something that was not handed over")
    return Op(kind, place, size, values)


def _operation_of_program(kind, values):
    """Return the Op for the beginning or the end of an operation of the program; its values are plain data."""
    try:
        values = tuple(plain(value, kind) for value in values)
    except TypeError:
        raise Tampered(f"an operation {kind!r} with something else than plain data") from None
    fits = len(values) == 1
    if kind == ops.INVOKE:
        fits = len(values) == 2 and is_text(values[0]) and isinstance(values[1], tuple)
    if not fits:
        raise Tampered(f"an operation {kind!r} of no known form")
    return Op(kind, values=values)


def _memory_fits(kind, size, values):
    if size not in (1, 2, 4, 8):
        return False
    if kind in ops.STORES:
        return len(values) == 1 and isinstance(values[0], bytes) and len(values[0]) == size
    if kind in ops.LOADS:
        return values == ()
    return len(values) == _OPERANDS[kind] and all(is_count(value) and value < 1 << 8 * size for value in values)


def _object_fits(kind, size, values):
    wanted = [bool] if kind in _TIMED else []
    return size == 0 and [type(value) for value in values] == wanted


def packed_place(place):
    """Return a Place as JSON data."""
    if place is None:
        return None
    file, line, function, span, registers = place
    pairs = [[shortened(name, 100), shortened(value, 100)] for name, value in registers[:_MOST_REGISTERS]]
    return [shortened(file, 200), line, shortened(function, 200), list(span), pairs]


def checked_place(data, files):
    """Return the Place for a result of `packed_place`, or None if it is not in one of the learner's `files`.

    Raises Tampered.
    """
    if data is None:
        return None
    match data:
        case [str(file), line, function, list(span), list(registers)]:
            numbers = all(is_count(number) or number is None for number in (line, *span))
            pairs = all(isinstance(pair, list) and len(pair) == 2 and all(map(is_text, pair)) for pair in registers)
            if numbers and pairs and is_text(function) and len(span) in (0, 4) and len(registers) <= _MOST_REGISTERS:
                return Place(file, line, function, tuple(span), tuple(map(tuple, registers))) if file in files else None
    raise Tampered("a place of no known form")
