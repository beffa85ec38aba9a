"""Convert plain data (numbers, texts, containers) to and from JSON data."""

import base64
import decimal
import fractions
import math
import numbers
import re

from shmlab.grading.messages.texts import is_text
from shmlab.grading.messages.wire import WIDEST_BITS, Tampered

_DEEPEST = 20
TRAVELS = "numbers, text, bytes, ranges, lists, tuples, sets, dicts"


def packed(value, other=None, depth=0):
    """Return plain data as JSON data. Raises TypeError with the type of a value that cannot travel.

    `other(value)`: returns the JSON data for a value of another type, or None to refuse it.
    """
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
        if value.bit_length() > WIDEST_BITS:
            raise TypeError(f"a number of {value.bit_length():,} bits is too long to travel")
        return int(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, range):
        return {"range": [packed(number) for number in (value.start, value.stop, value.step)]}
    for kind, name in ((tuple, "tuple"), (list, "list"), (set, "set"), (frozenset, "frozenset")):
        if isinstance(value, kind):
            return {name: [packed(element, other, depth + 1) for element in value]}
    if isinstance(value, dict):
        return {"dict": [[packed(part, other, depth + 1) for part in item] for item in value.items()]}
    if (number := _packed_number(value)) is not None:
        return number
    data = other(value) if other is not None else None
    if data is None:
        raise TypeError(f"{type(value).__name__}: plain data travels ({TRAVELS})")
    return data


def _packed_number(value):
    """Return a number of another type than int, float and bool as JSON data; None if the value is not a number."""
    if isinstance(value, numbers.Integral):  # for instance numpy.int64
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
    if type(value).__module__ == "numpy" and type(value).__name__ in (
        "bool",
        "bool_",
    ):  # numpy does not register it as a number
        return bool(value)
    return None


def plain(value):
    """Return a value as it arrives at the other end of the socket. Raises TypeError if it cannot travel."""
    return unpacked(packed(value))


def unpacked(data, other=None, depth=0):
    """Return the value for a result of `packed`. Raises Tampered.

    `other(name, content)`: returns the value for an entry of another form.
    """
    if data is None or isinstance(data, bool | int | float | str):
        return data
    if not isinstance(data, dict) or len(data) != 1 or depth > _DEEPEST:
        raise Tampered("a value of no known form")
    ((name, content),) = data.items()
    if name == "bytes" and isinstance(content, str):
        try:
            return base64.b64decode(content, validate=True)
        except ValueError as error:
            raise Tampered("bytes that are none") from error
    if name == "float" and content in _NOT_FINITE:
        return float(content)
    if name in _NUMBERS:
        return _number(name, content)
    if name in _CONTAINERS and isinstance(content, list):
        return _container(_CONTAINERS[name], [unpacked(element, other, depth + 1) for element in content])
    if (
        name == "dict"
        and isinstance(content, list)
        and all(isinstance(item, list) and len(item) == 2 for item in content)
    ):
        return _container(dict, [[unpacked(part, other, depth + 1) for part in item] for item in content])
    if other is None:
        raise Tampered(f"a value of the unknown form {name!r:.40}")
    return other(name, content)


def unpacked_named(pairs):
    """Return name -> value for pairs of a name and a result of `packed`. Raises Tampered."""
    if not all(isinstance(pair, list) and len(pair) == 2 and is_text(pair[0], 100) for pair in pairs):
        raise Tampered("arguments of no known form")
    return {name: unpacked(value) for name, value in pairs}


def _number(name, content):
    try:
        arguments = [content] if isinstance(content, str) else [unpacked(part) for part in content]
        if name == "decimal" and not _DECIMAL.fullmatch(content):
            raise ValueError("no decimal number")
        return _NUMBERS[name](*arguments)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise Tampered(f"a {name} that is none") from error


def _container(kind, content):
    try:
        container = kind(content)
    except TypeError as error:  # for instance a set of lists
        raise Tampered(f"a {kind.__name__} of what cannot be in one") from error
    if len(container) != len(content):
        raise Tampered(f"a {kind.__name__} in which something is twice")
    return container


_CONTAINERS = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
_NUMBERS = {"fraction": fractions.Fraction, "complex": complex, "decimal": decimal.Decimal, "range": range}
_DECIMAL = re.compile(r"-?(\d[\d.]{0,2000}(E[+-]?\d{1,9})?|Infinity|s?NaN\d{0,9})")
_NOT_FINITE = ("nan", "inf", "-inf")  # floats that JSON cannot write
