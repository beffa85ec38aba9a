"""The messages between the trusted parent and the process that holds a learner's code.

One JSON array each, through a socket of whole messages (SOCK_SEQPACKET), at most MOST bytes. Nothing is
unpickled, and whatever does not have the form that was asked for is Tampered: the other end is the
learner's, who may write anything into it.
"""

import decimal
import fractions
import json
import math
import numbers
import re
import select
import socket
import struct
import sys

from shmlab.explorer import ops
from shmlab.explorer.ops import Op, Place
from shmlab.grading.results import Ended

MOST = 128 * 1024  # bytes of a message; a socket of whole messages takes that everywhere
_LONGEST = 4000  # characters of a text that somebody will read
_WIDEST_BITS = 4096  # of a number
_MOST_DIGITS = 1 + len(str(1 << _WIDEST_BITS))  # with its sign
_DEEPEST = 20
_MOST_REGISTERS = 40  # of a place
TRAVELS = "numbers, text, bytes, ranges, lists, tuples, sets, dicts"
_TIMED = {"acquire", "wait", "barrier"}
_OF_OBJECT = {
    "Semaphore": {"acquire", "try_acquire", "release", "value"},
    "Mutex": {"acquire", "try_acquire", "release", "consistent"},
    "Condition": {"wait", "notify", "notify_all"},
    "Barrier": {"barrier"},
}
_OPERANDS = {"fetch_add": 1, "exchange": 1, "compare_exchange": 2}


class Tampered(Ended):
    """What came through the socket is no answer that shmlab itself could have given."""


class Closed(Exception):
    """The process at the other end is gone."""


class Channel:
    """One end of the socket."""

    def __init__(self, end):
        self._end, self._patience_s = end, 0

    def fileno(self):
        return self._end.fileno()

    def send(self, message, descriptor=None):
        """Send a list, and a descriptor with it. Raises ValueError when it is too long, Closed when nobody is there,
        Tampered when there is no room: each message is an answer to the last one, which was not even read."""
        data = json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii")
        if len(data) > MOST:
            raise ValueError(f"{message[0]!r} takes {len(data):,} bytes: at most {MOST:,} travel at once")
        try:
            if descriptor is None:
                self._end.send(data, socket.MSG_DONTWAIT)
            else:
                passed = socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", descriptor)
                self._end.sendmsg([data], [passed], socket.MSG_DONTWAIT)
        except BlockingIOError as error:
            raise Tampered("answers without having read what was asked") from error
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed("the process has ended") from error

    def receive(self, passed=None):
        """The next list. `passed`: a list that gets the descriptor that came with it; without one, none is taken.
        Raises Tampered or Closed."""
        try:
            data, around, flags, _ = self._end.recvmsg(MOST, 0 if passed is None else socket.CMSG_SPACE(4))
        except ConnectionResetError as error:
            raise Closed("the process has ended") from error
        for _, _, content in around:
            passed.append(int.from_bytes(content[:4], sys.byteorder))
        if not data:
            raise Closed("the process has ended")
        if flags & socket.MSG_TRUNC:
            raise Tampered(f"a message of more than {MOST:,} bytes")
        try:
            message = _DECODER.decode(data.decode("ascii"))
        except (ValueError, RecursionError) as error:
            raise Tampered("a message that shmlab would not write") from error
        if not isinstance(message, list) or not message or not isinstance(message[0], str):
            raise Tampered("a message without a name")
        return message

    def has_message(self):
        """Whether `receive` would not wait."""
        poll = select.poll()  # select cannot take descriptors from 1024 up
        poll.register(self._end, select.POLLIN)
        return bool(poll.poll(0))

    def patient(self, seconds):
        """From here on `receive` raises BlockingIOError when nothing has come for so long; 0: it waits for ever."""
        if seconds == self._patience_s:  # as it is for each of many thousand messages
            return
        self._patience_s, whole = seconds, int(seconds)
        self._end.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", whole, int((seconds - whole) * 1e6))
        )

    def finish(self):
        """Let the other end know that nothing more will be sent."""
        self._end.shutdown(socket.SHUT_WR)

    def close(self):
        self._end.close()


def _whole(digits):
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number that is too long")
    return int(digits)


def _finite(text):
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number")
    return number


def _without_twins(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name that stands there twice")
    return found


_DECODER = json.JSONDecoder(
    parse_int=_whole, parse_float=_finite, parse_constant=_finite, object_pairs_hook=_without_twins
)


def pair():
    """Two ends."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def packed(value, other=None, depth=0):
    """Plain data as JSON takes it. `other(value)`: what to make of the rest, or None to refuse it.
    Raises TypeError, naming the type."""
    if depth > _DEEPEST:
        raise TypeError(f"{type(value).__name__}s in each other, more than {_DEEPEST} deep: too deep to travel")
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": float.__repr__(value)}
    if value is None or type(value) in (bool, float, str):
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        if value.bit_length() > _WIDEST_BITS:
            raise TypeError(f"a number of {value.bit_length():,} bits is too long to travel")
        return int(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": bytes(value).hex()}
    if isinstance(value, range):
        return {"range": [packed(one) for one in (value.start, value.stop, value.step)]}
    for kind, name in ((tuple, "tuple"), (list, "list"), (set, "set"), (frozenset, "frozenset")):
        if isinstance(value, kind):
            return {name: [packed(one, other, depth + 1) for one in value]}
    if isinstance(value, dict):
        return {"dict": [[packed(one, other, depth + 1) for one in item] for item in value.items()]}
    if (number := _packed_number(value)) is not None:
        return number
    found = other(value) if other is not None else None
    if found is None:
        raise TypeError(f"{type(value).__name__}: plain data travels ({TRAVELS})")
    return found


def _packed_number(value):
    """A number that is none of Python's int, float and bool, as JSON takes it; None for what is no number."""
    if isinstance(value, numbers.Integral):  # one of numpy's, say
        return packed(int(value))
    if isinstance(value, numbers.Rational):
        return {"fraction": [packed(value.numerator), packed(value.denominator)]}
    if isinstance(value, numbers.Real):
        return packed(float(value))
    if isinstance(value, numbers.Complex):
        whole = complex(value)
        return {"complex": [packed(whole.real), packed(whole.imag)]}
    if isinstance(value, decimal.Decimal):
        return {"decimal": str(value)}
    if type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_"):  # it registers as no number
        return bool(value)
    return None


def plain(value):
    """A value as it is on the other side of the socket. Raises TypeError for what does not travel."""
    return unpacked(packed(value))


def unpacked(found, other=None, depth=0):
    """The value behind `packed`. `other(name, content)`: what to make of the rest. Raises Tampered."""
    if found is None or isinstance(found, bool | int | float | str):
        return found
    if not isinstance(found, dict) or len(found) != 1 or depth > _DEEPEST:
        raise Tampered("a value of no known form")
    ((name, content),) = found.items()
    if name == "bytes" and isinstance(content, str):
        try:
            return bytes.fromhex(content)
        except ValueError as error:
            raise Tampered("bytes that are none") from error
    if name == "float" and content in _NOT_FINITE:
        return float(content)
    if name in _NUMBERS:
        return _number(name, content)
    if name in _CONTAINERS and isinstance(content, list):
        return _container(_CONTAINERS[name], [unpacked(one, other, depth + 1) for one in content])
    if name == "dict" and isinstance(content, list) and all(isinstance(one, list) and len(one) == 2 for one in content):
        return _container(dict, [[unpacked(one, other, depth + 1) for one in item] for item in content])
    if other is None:
        raise Tampered(f"a value of the unknown form {name!r:.40}")
    return other(name, content)


def _number(name, content):
    try:
        arguments = [content] if isinstance(content, str) else [unpacked(one) for one in content]
        if name == "decimal" and not _DECIMAL.fullmatch(content):
            raise ValueError("no decimal number")
        return _NUMBERS[name](*arguments)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise Tampered(f"a {name} that is none") from error


def _container(kind, content):
    try:
        made = kind(content)
    except TypeError as error:  # a set of lists, say
        raise Tampered(f"a {kind.__name__} of what cannot be in one") from error
    if len(made) != len(content):
        raise Tampered(f"a {kind.__name__} in which something is twice")
    return made


_CONTAINERS = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
_NUMBERS = {"fraction": fractions.Fraction, "complex": complex, "decimal": decimal.Decimal, "range": range}
_DECIMAL = re.compile(r"-?(\d[\d.]{0,2000}(E[+-]?\d{1,9})?|Infinity|s?NaN\d{0,9})")
_NOT_FINITE = ("nan", "inf", "-inf")  # floats that JSON has no word for


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


def is_count(value):
    """Whether it is a whole number from 0 up, and no longer than an address."""
    return type(value) is int and 0 <= value < 1 << 64


def is_text(value, most=_LONGEST):
    """Whether it is a text that somebody can be shown, in a file or on a terminal of UTF-8."""
    return isinstance(value, str) and len(value) <= most and _writable(value) == value


def shortened(text, most=_LONGEST):
    """A text cut to what travels; what no file could hold is a question mark."""
    return _writable(text if len(text) <= most else text[: most - 1] + "…")


def visible(text):
    """A text for people: what would move a terminal's cursor or change its colours stands there as in a literal."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def _writable(text):
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


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
