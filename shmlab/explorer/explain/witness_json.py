"""A witness as JSON that people can read, for a bug report or for homework: one line for each step.

What JSON has no word for stands under a name that no field can have: {"$bytes": "00 ff"}, {"$float": "nan"}. Reading
believes nothing: whatever is no witness is a ValueError that says where, and what belongs there.
"""

import dataclasses
import json
import math

from shmlab.explorer.model.memory_models import MODELS

_FORMAT, _VERSION = "shmlab witness", 1


def dumped(witness):
    """The text of a Witness."""
    rows = [json.dumps(_packed(dataclasses.asdict(step)), ensure_ascii=False) for step in witness.steps]
    parts = {"format": _FORMAT, "version": _VERSION} | {
        field.name: _packed(getattr(witness, field.name)) for field in dataclasses.fields(witness)
    }
    parts["steps"] = None
    lines = [
        f"{json.dumps(name)}: " + (json.dumps(value, ensure_ascii=False) if name != "steps" else _array(rows))
        for name, value in parts.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _array(rows):
    return "[\n " + ",\n ".join(rows) + "\n]" if rows else "[]"


def _packed(value):
    if isinstance(value, bytes):
        return {"$bytes": value.hex(" ")}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    if isinstance(value, list | tuple):
        return [_packed(one) for one in value]
    if isinstance(value, dict):
        return {name: _packed(one) for name, one in value.items()}
    return value


def loaded(text, kind, step_kind):
    """The Witness behind a text. `kind`, `step_kind`: the classes Witness and Step. Raises ValueError."""
    if not isinstance(text, str):
        raise TypeError(f"text is {text!r:.60}: give the text that to_json() gave")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is no witness, as it is no JSON: {error}") from None
    except RecursionError:
        raise ValueError("this is no witness: it is too deep") from None
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise ValueError(f'this is no witness: it does not begin with {{"format": "{_FORMAT}"}}')
    if found.get("version") != _VERSION:
        raise ValueError(
            f"this witness is of version {found.get('version')!r}, and this shmlab reads version {_VERSION}: take the "
            "shmlab that wrote it"
        )
    content = {name: value for name, value in found.items() if name not in ("format", "version")}
    witness = _made(kind, content, _WITNESS | {"steps": _each(lambda one, at: _made(step_kind, one, _STEP, at))}, "")
    _check_whole(witness)
    return witness


def _check_whole(witness):
    """Raise ValueError where the parts of a witness do not go together."""
    steps = len(witness.steps)
    if len(witness.schedule) != steps:
        raise ValueError(f"this witness tells {steps} steps of a schedule of {len(witness.schedule)}")
    for at, (move, step) in enumerate(zip(witness.schedule, witness.steps, strict=True)):
        if move[0] != step.rank:
            raise _wrong(f"steps[{at}].rank", step.rank, f"{move[0]}, as in the schedule,")
    for at, index in enumerate(witness.core):
        if index >= steps:
            raise _wrong(f"core[{at}]", index, f"the index of one of {steps} steps")
    for at, (load, store) in enumerate(witness.updates):
        if not load < store < steps:
            raise _wrong(f"updates[{at}]", [load, store], f"indexes of a load and of a later store among {steps} steps")
    if witness.loop is not None and witness.loop >= steps:
        raise _wrong("loop", witness.loop, f"the index of one of {steps} steps")


def _wrong(at, value, wanted):
    return ValueError(f"{at} is {value!r:.60} in this witness: {wanted} belongs there")


def _made(kind, found, parts, at=""):
    """An object of the dataclass `kind`. `parts`: name -> what reads it."""
    where = f"{at}." if at else ""
    if not isinstance(found, dict):
        raise _wrong(at, found, "an object")
    if missing := [name for name in parts if name not in found]:
        raise ValueError(f"{where}{missing[0]} is missing in this witness")
    if strange := [name for name in found if name not in parts]:
        raise ValueError(f"{where}{strange[0]} is no part of a witness")
    return kind(**{name: read(found[name], f"{where}{name}") for name, read in parts.items()})


def _text(value, at):
    if not isinstance(value, str):
        raise _wrong(at, value, "a text")
    return value


def _count(value, at):
    if type(value) is not int or value < 0:
        raise _wrong(at, value, "a whole number from 0 up")
    return value


def _truth(value, at):
    if not isinstance(value, bool):
        raise _wrong(at, value, "true or false")
    return value


def _model(value, at):
    if value not in MODELS:
        raise _wrong(at, value, f"one of {', '.join(MODELS)}")
    return value


def _or_none(read):
    return lambda value, at: None if value is None else read(value, at)


def _each(read):
    """A tuple of what `read` reads."""

    def read_each(value, at):
        if not isinstance(value, list):
            raise _wrong(at, value, "a list")
        return tuple(read(one, f"{at}[{number}]") for number, one in enumerate(value))

    return read_each


def _of(*reads):
    """A tuple of one value for each of `reads`."""

    def read_all(value, at):
        if not isinstance(value, list) or len(value) != len(reads):
            raise _wrong(at, value, f"a list of {len(reads)}")
        return tuple(read(one, f"{at}[{number}]") for number, (read, one) in enumerate(zip(reads, value, strict=True)))

    return read_all


def _value(value, at):
    """A value of memory, or what an operation observed."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [_value(one, f"{at}[{number}]") for number, one in enumerate(value)]
    if "$bytes" in value:
        return _bytes(value, at)
    if "$float" in value:
        if value["$float"] not in ("nan", "inf", "-inf"):
            raise _wrong(at, value["$float"], "nan, inf or -inf")
        return float(value["$float"])
    return {name: _value(one, f"{at}.{name}") for name, one in value.items()}


def _bytes(value, at):
    try:
        return bytes.fromhex(value["$bytes"])
    except (TypeError, KeyError, ValueError):
        raise _wrong(at, value, '{"$bytes": "00 ff"} or the like') from None


def _fields(value, at):
    if not isinstance(value, dict):
        raise _wrong(at, value, "an object with the shared fields")
    return _value(value, at)


def _span(value, at):
    return _each(_or_none(_count))(value, at)


_WITNESS = {
    "title": _text,
    "memory": _model,
    "schedule": _each(_of(_count, _text)),
    "core": _each(_count),
    "preemptions": _count,
    "initial": _fields,
    "final": _fields,
    "ends": _each(_text),
    "loop": _or_none(_count),
    "raw": _bytes,
    "updates": _each(_of(_count, _count)),
}
_STEP = {
    "rank": _count,
    "kind": _text,
    "target": _text,
    "value": _value,
    "words": _text,
    "line": _or_none(_count),
    "source": _text,
    "function": _text,
    "file": _text,
    "registers": _each(_of(_text, _text)),
    "memory": _fields,
    "buffers": _each(_each(_text)),
    "preempts": _truth,
    "offset": _count,
    "size": _count,
    "span": _span,
}
