"""Contents of memory in short words: one field, what a step touches, what differs between two contents."""

import re

from shmlab.explorer import ops

_PATH = re.compile(r"(?:.* (?:of|from|at) )?(.*)")  # "bytes 0 to 3 of counter" is about counter
_PARTS = re.compile(r"\w+|\[\d+\]")
_TAKES = ("acquire", "try_acquire")
_MOST = 3  # lines about one step


def touched(step, earlier):
    """What a step is about, in lines: a field before and after it, or what became of a semaphore or mutex.

    `earlier`: the content of memory before it.
    """
    if step.kind in ops.MEMORY or step.kind == "flush":
        return _fields(path(step.target), earlier, step.memory)
    if takes(step):
        return (f"{step.target} taken",)
    if step.kind == "release" and step.value is None:
        return (f"{step.target} given back",)
    return (step.target,) if step.target else ()


def takes(step):
    """Whether a step takes a semaphore or mutex."""
    return step.kind in _TAKES and step.value in (True, None)


def _fields(where, before, after):
    """The place a step names, and what else changes with it: all of a copied Structure, say."""
    differ = [line for line in changes(before, after) if not _related(line.partition(" = ")[0], where)]
    if not _PARTS.match(where) or isinstance(at(after, where), dict | list):
        return changes(before, after)[:_MOST] or (where,)
    return (_change(where, at(before, where), at(after, where)), *differ)[:_MOST]


def _related(one, other):
    """Whether one path is the other, or a part of it."""
    return one == other or one.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{one}.", f"{one}["))


def changes(before, after):
    """Every number that differs between two contents of memory, one line each."""
    old, new = leaves(before), leaves(after)
    return tuple(_change(one, old[one], new[one]) for one in new if old[one] != new[one])


def _change(where, before, after):
    return f"{where} = {before} → {after}" if before != after else f"{where} = {after}"


def leaves(value, where=""):
    """path -> number or bytes, for everything inside a value."""
    if isinstance(value, dict):
        parts = [(f"{where}.{name}" if where else name, one) for name, one in value.items()]
    elif isinstance(value, list):
        parts = [(f"{where}[{index}]", one) for index, one in enumerate(value)]
    else:
        return {where: value}
    return {one: leaf for inside, part in parts for one, leaf in leaves(part, inside).items()}


def path(target):
    """The path in a step's target: counter, slots[1], now.year; "" where it names no field."""
    found = _PATH.fullmatch(target)[1]
    return "" if target.startswith("padding") else found


def root(where):
    """The field of shared memory that a path begins with."""
    return _PARTS.match(where)[0] if where else ""


def at(memory, where):
    """The value at a path such as now.year or slots[1]."""
    found = memory
    for part in _PARTS.findall(where):
        found = found[int(part[1:-1])] if part.startswith("[") else found[part]
    return found
