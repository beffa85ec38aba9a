"""The content of memory in words: one field, the fields that a step touches, the difference of two contents."""

import re

from shmlab.explorer import ops

_PATH = re.compile(r"(?:.* (?:of|from|at) )?(.*)")  # "bytes 0 to 3 of counter" is about counter
_PARTS = re.compile(r"\w+|\[\d+\]")
_TAKES = ("acquire", "try_acquire")
_MOST = 3  # lines about one step


def touched(step, earlier):
    """Return lines about what a step touches: a field before and after it, or that a lock was taken or given back.

    `earlier`: the content of memory before the step.
    """
    if step.kind in ops.MEMORY or step.kind == "flush":
        return _fields(path(step.target), earlier, step.memory)
    if takes(step):
        return (f"{step.target} taken",)
    if step.kind == "release" and step.value is None:
        return (f"{step.target} given back",)
    return (step.target,) if step.target else ()


def takes(step):
    """Return whether a step takes a semaphore or mutex."""
    return step.kind in _TAKES and step.value in (True, None)


def _fields(where, before, after):
    """Return a line about the field that a step names, and one for each other change, as of a copied Structure."""
    differ = [line for line in changes(before, after) if not _related(line.partition(" = ")[0], where)]
    if not _PARTS.match(where) or isinstance(at(after, where), dict | list):
        return changes(before, after)[:_MOST] or (where,)
    return (_change(where, at(before, where), at(after, where)), *differ)[:_MOST]


def _related(one, other):
    """Return whether the two paths are equal, or one is a part of the other."""
    return one == other or one.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{one}.", f"{one}["))


def changes(before, after):
    """Return one line for each number that differs between two contents of memory."""
    old, new = leaves(before), leaves(after)
    return tuple(_change(one, old[one], new[one]) for one in new if old[one] != new[one])


def _change(where, before, after):
    return f"{where} = {before} → {after}" if before != after else f"{where} = {after}"


def leaves(value, where=""):
    """Return a dict, path -> number or bytes, of all that is inside a value."""
    if isinstance(value, dict):
        parts = [(f"{where}.{name}" if where else name, one) for name, one in value.items()]
    elif isinstance(value, list):
        parts = [(f"{where}[{index}]", one) for index, one in enumerate(value)]
    else:
        return {where: value}
    return {one: leaf for inside, part in parts for one, leaf in leaves(part, inside).items()}


def path(target):
    """Return the path in a step's target: counter, slots[1], now.year; "" if it names no field."""
    found = _PATH.fullmatch(target)[1]
    return "" if target.startswith("padding") else found


def root(where):
    """Return the field of shared memory that a path begins with."""
    return _PARTS.match(where)[0] if where else ""


def at(memory, where):
    """Return the value at a path such as now.year or slots[1]."""
    found = memory
    for part in _PARTS.findall(where):
        found = found[int(part[1:-1])] if part.startswith("[") else found[part]
    return found
