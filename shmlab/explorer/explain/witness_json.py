"""Write a witness as JSON that people can read, for a bug report or for homework, and read it again.

Each step is one line. A value that JSON cannot express stands under a name that no field can have: {"$bytes": "00
ff"}, {"$float": "nan"}. The reader trusts nothing: for a text that is no witness it raises ValueError, saying where it
is wrong and what belongs there.
"""

import dataclasses
import json
import math

from shmlab.explorer.explain.history import Call, History
from shmlab.explorer.model.memory_models import MODELS

_FORMAT, _VERSION = "shmlab witness", 1


def dumped(witness):
    """Return the text of a Witness."""
    rows = [json.dumps(_packed(dataclasses.asdict(step)), ensure_ascii=False) for step in witness.steps]
    parts = {"format": _FORMAT, "version": _VERSION} | {
        field.name: _packed(getattr(witness, field.name))
        for field in dataclasses.fields(witness)
        if field.name != "history"
    }
    if witness.history is not None:
        parts["history"] = _packed(dataclasses.asdict(witness.history))
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
        return [_packed(part) for part in value]
    if isinstance(value, dict):
        return {name: _packed(part) for name, part in value.items()}
    return value


def loaded(text, kind, step_kind):
    """Return the Witness behind a text. `kind`, `step_kind`: the classes Witness and Step. Raise ValueError for a text
    that is no witness, TypeError if it is no text."""
    if not isinstance(text, str):
        raise TypeError(f"text is {text!r:.60}: give the text that to_json() gave")
    try:
        parts = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is no witness, as it is no JSON: {error}") from None
    except RecursionError:
        raise ValueError("this is no witness: it is too deep") from None
    if not isinstance(parts, dict) or parts.get("format") != _FORMAT:
        raise ValueError(f'this is no witness: it does not begin with {{"format": "{_FORMAT}"}}')
    if parts.get("version") != _VERSION:
        raise ValueError(
            f"this witness is of version {parts.get('version')!r}, and this shmlab reads version {_VERSION}: take the "
            "shmlab that wrote it"
        )
    content = {name: value for name, value in parts.items() if name not in ("format", "version")}
    readers = _WITNESS | {"steps": _each(lambda step, path: _made(step_kind, step, _STEP, path))}
    if "history" in content:
        readers["history"] = lambda history, path: _made(History, history, _HISTORY, path)
    witness = _made(kind, content, readers, "")
    _check_whole(witness)
    return witness


def _check_whole(witness):
    """Raise ValueError if the parts of a witness do not fit together."""
    steps = len(witness.steps)
    if len(witness.schedule) != steps:
        raise ValueError(f"this witness tells {steps} steps of a schedule of {len(witness.schedule)}")
    for position, (move, step) in enumerate(zip(witness.schedule, witness.steps, strict=True)):
        if move[0] != step.rank:
            raise _wrong(f"steps[{position}].rank", step.rank, f"{move[0]}, as in the schedule,")
    for position, index in enumerate(witness.core):
        if index >= steps:
            raise _wrong(f"core[{position}]", index, f"the index of one of {steps} steps")
    for position, (load, store) in enumerate(witness.updates):
        if not load < store < steps:
            raise _wrong(
                f"updates[{position}]", [load, store], f"indexes of a load and of a later store among {steps} steps"
            )
    if witness.loop is not None and witness.loop >= steps:
        raise _wrong("loop", witness.loop, f"the index of one of {steps} steps")
    if witness.history is not None:
        calls = len(witness.history.calls)
        for path, index in (("misfit", witness.history.misfit), *(("order", one) for one in witness.history.order)):
            if index is not None and index >= calls:
                raise _wrong(f"history.{path}", index, f"the index of one of {calls} operations")


def _wrong(path, value, wanted):
    return ValueError(f"{path} is {value!r:.60} in this witness: {wanted} belongs there")


def _made(kind, content, parts, path=""):
    """Return an object of the dataclass `kind`. `parts`: {name: function that reads it}. `path`: where the object
    stands in the witness."""
    where = f"{path}." if path else ""
    if not isinstance(content, dict):
        raise _wrong(path, content, "an object")
    if missing := [name for name in parts if name not in content]:
        raise ValueError(f"{where}{missing[0]} is missing in this witness")
    if strange := [name for name in content if name not in parts]:
        raise ValueError(f"{where}{strange[0]} is no part of a witness")
    return kind(**{name: read(content[name], f"{where}{name}") for name, read in parts.items()})


def _text(value, path):
    if not isinstance(value, str):
        raise _wrong(path, value, "a text")
    return value


def _count(value, path):
    if type(value) is not int or value < 0:
        raise _wrong(path, value, "a whole number from 0 up")
    return value


def _truth(value, path):
    if not isinstance(value, bool):
        raise _wrong(path, value, "true or false")
    return value


def _model(value, path):
    if value not in MODELS:
        raise _wrong(path, value, f"one of {', '.join(MODELS)}")
    return value


def _or_none(read):
    return lambda value, path: None if value is None else read(value, path)


def _each(read):
    """Return a function that reads a list of items with `read`, as a tuple."""

    def read_each(value, path):
        if not isinstance(value, list):
            raise _wrong(path, value, "a list")
        return tuple(read(item, f"{path}[{number}]") for number, item in enumerate(value))

    return read_each


def _of(*reads):
    """Return a function that reads a list of one value for each of `reads`, as a tuple."""

    def read_all(value, path):
        if not isinstance(value, list) or len(value) != len(reads):
            raise _wrong(path, value, f"a list of {len(reads)}")
        return tuple(
            read(item, f"{path}[{number}]") for number, (read, item) in enumerate(zip(reads, value, strict=True))
        )

    return read_all


def _value(value, path):
    """Return a value of memory, or what an operation observed."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [_value(item, f"{path}[{number}]") for number, item in enumerate(value)]
    if "$bytes" in value:
        return _bytes(value, path)
    if "$float" in value:
        if value["$float"] not in ("nan", "inf", "-inf"):
            raise _wrong(path, value["$float"], "nan, inf or -inf")
        return float(value["$float"])
    return {name: _value(item, f"{path}.{name}") for name, item in value.items()}


def _bytes(value, path):
    try:
        return bytes.fromhex(value["$bytes"])
    except (TypeError, KeyError, ValueError):
        raise _wrong(path, value, '{"$bytes": "00 ff"} or the like') from None


def _fields(value, path):
    if not isinstance(value, dict):
        raise _wrong(path, value, "an object with the shared fields")
    return _value(value, path)


def _span(value, path):
    return _each(_or_none(_count))(value, path)


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


def _call(value, path):
    reads = _count, _text, _text, _or_none(_text), _count, _or_none(_count)
    return Call(*_of(*reads)(value, path))


_HISTORY = {
    "title": _text,
    "calls": _each(_call),
    "order": _each(_count),
    "misfit": _or_none(_count),
    "why": _text,
    "steps": _count,
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
