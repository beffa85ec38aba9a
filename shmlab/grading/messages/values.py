"""Plain data in messages: numbers, texts, containers, as JSON has them."""

import decimal
import fractions
import math
import numbers
import re

from shmlab.grading.messages.wire import WIDEST_BITS, Tampered

_DEEPEST = 20
TRAVELS = "numbers, text, bytes, ranges, lists, tuples, sets, dicts"


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
        if value.bit_length() > WIDEST_BITS:
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
