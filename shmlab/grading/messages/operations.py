"""Operations and places in messages: those of a learner's process are checked before anybody believes them."""

from shmlab.explorer import ops
from shmlab.explorer.ops import Op, Place
from shmlab.grading.messages.texts import is_count, is_text, shortened
from shmlab.grading.messages.values import packed, unpacked
from shmlab.grading.messages.wire import Tampered

_MOST_REGISTERS = 40  # of a place
_TIMED = {"acquire", "wait", "barrier"}
_OF_OBJECT = {
    "Semaphore": {"acquire", "try_acquire", "release", "value"},
    "Mutex": {"acquire", "try_acquire", "release", "consistent"},
    "Condition": {"wait", "notify", "notify_all"},
    "Barrier": {"barrier"},
}
_OPERANDS = {"fetch_add": 1, "exchange": 1, "compare_exchange": 2}


def packed_op(op):
    """An operation as JSON takes it."""
    return [op.kind, op.place, op.size, [packed(value) for value in op.values]]


def checked_op(found, may_touch, objects):
    """The Op behind `packed_op`. `may_touch(place, size)`: whether these bytes were handed over; `objects`: number ->
    kind of each synchronization object that was. Raises Tampered for anything a learner's function cannot do."""
    if not (isinstance(found, list) and len(found) == 4 and isinstance(found[0], str) and isinstance(found[3], list)):
        raise Tampered("an operation of no known form")
    kind, place, size, values = found
    if not (is_count(place) and is_count(size)):
        raise Tampered("an operation on no place")
    values = tuple(unpacked(value) for value in values)
    if kind == "fence" and (place, size, values) == (0, 0, ()):
        return Op(kind)
    fits = _memory_fits(kind, size, values) if kind in ops.MEMORY else _object_fits(kind, size, values)
    allowed = may_touch(place, size) if kind in ops.MEMORY else kind in _OF_OBJECT.get(objects.get(place), ())
    if not (fits and allowed):
        raise Tampered(f"an operation {kind!r:.40} on something that was not handed over")
    return Op(kind, place, size, values)


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
    """A Place as JSON takes it."""
    if place is None:
        return None
    file, line, function, span, registers = place
    shown = [[shortened(name, 100), shortened(value, 100)] for name, value in registers[:_MOST_REGISTERS]]
    return [shortened(file, 200), line, shortened(function, 200), list(span), shown]


def checked_place(found, files):
    """The Place behind `packed_place`, or None where it is none of the learner's. `files`: those that the learner's
    code stands in. Raises Tampered."""
    if found is None:
        return None
    match found:
        case [str(file), line, function, list(span), list(registers)]:
            numbers = all(is_count(number) or number is None for number in (line, *span))
            pairs = all(isinstance(one, list) and len(one) == 2 and all(map(is_text, one)) for one in registers)
            if numbers and pairs and is_text(function) and len(span) in (0, 4) and len(registers) <= _MOST_REGISTERS:
                return Place(file, line, function, tuple(span), tuple(map(tuple, registers))) if file in files else None
    raise Tampered("a place of no known form")
