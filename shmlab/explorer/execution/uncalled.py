"""Find verbs that a learner's function names and does not call: `lock.acquire` as a statement does nothing at all."""

import contextlib
import dis
import functools
import io
import linecache
import types

from shmlab.base import pickling, verbs

SAID = "names the verb and does not call it"  # by this text the TypeError is recognized in other processes, too
_VERBS = frozenset(
    verb for kind in (verbs.Semaphore, verbs.Mutex, verbs.Condition, verbs.Barrier) for verb in kind.verbs
) - {"value"}


def refuse(*functions):
    """Raise TypeError if a function, or learner's code that it reaches, has such a statement."""
    if message := said_of(*functions):
        raise TypeError(message)


def said_of(*functions):
    """Return a message on the first such statement that the functions reach, or ""."""
    looking = _Looking(io.BytesIO())
    with contextlib.suppress(Exception), pickling.by_value():  # what cannot be copied is reported when it is copied
        looking.dump(functions)
    return looking.said


def said_at(obj):
    """Return a message on the first such statement in one function; "" if it has none, or is no function."""
    if hasattr(type(obj), "shmlab_uncalled"):  # it stands for a function in another process
        return obj.shmlab_uncalled
    if isinstance(obj, types.FunctionType) and pickling.is_learners_file(obj.__code__.co_filename):
        for line, text in named_only(obj.__code__):
            return f"{text} in line {line} of {obj.__code__.co_name} {SAID}, so nothing happens; write {text}()"
    return ""


class _Looking(pickling.Pickler):
    """Goes through what a function reaches, as copying it does."""

    def __init__(self, stream):
        super().__init__(stream)
        self.said = ""

    def reducer_override(self, obj):
        self.said = self.said or said_at(obj)
        return super().reducer_override(obj)


@functools.lru_cache(maxsize=4096)
def named_only(code):
    """Return [(line, expression)] of the statements in a piece of code, and in the code within it, that only name a
    verb."""
    statements, before = [], None
    for instruction in dis.get_instructions(code) if not _VERBS.isdisjoint(code.co_names) else ():
        if before is not None and instruction.opname == "POP_TOP":
            statements.append((before.positions.lineno, _text(code.co_filename, before)))
        names = instruction.opname == "LOAD_ATTR" and instruction.argval in _VERBS
        before = instruction if names else None
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            statements += named_only(constant)
    return statements


def _text(file, instruction):
    """Return the learner's own expression, if its line can be read."""
    place = instruction.positions
    line = linecache.getline(file, place.lineno).encode()
    text = line[place.col_offset : place.end_col_offset].decode() if place.lineno == place.end_lineno else ""
    return text if text.endswith(instruction.argval) else f"….{instruction.argval}"
