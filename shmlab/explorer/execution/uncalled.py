"""Verbs that a learner's function names and does not call: `lock.acquire` as a statement does nothing at all."""

import contextlib
import dis
import functools
import io
import linecache
import types

from shmlab.base import pickling, verbs

SAID = "names the verb and does not call it"  # what tells this TypeError from others, wherever it comes from
_VERBS = frozenset(
    verb for kind in (verbs.Semaphore, verbs.Mutex, verbs.Condition, verbs.Barrier) for verb in kind.verbs
) - {"value"}


def refuse(*functions):
    """Raise TypeError where a function, or something of the learner's that it reaches, has a statement of this kind."""
    if words := said_of(*functions):
        raise TypeError(words)


def said_of(*functions):
    """The first statement of this kind that functions reach, in words, or ""."""
    looking = _Looking(io.BytesIO())
    with contextlib.suppress(Exception), pickling.by_value():  # what cannot be copied is told where it is copied
        looking.dump(functions)
    return looking.said


def said_at(found):
    """Return the first statement of this kind in one function, in words, or "" where it has none or is none."""
    if hasattr(type(found), "shmlab_uncalled"):  # it stands for a function that is elsewhere
        return found.shmlab_uncalled
    if isinstance(found, types.FunctionType) and pickling.is_learners_file(found.__code__.co_filename):
        for line, said in named_only(found.__code__):
            return f"{said} in line {line} of {found.__code__.co_name} {SAID}, so nothing happens; write {said}()"
    return ""


class _Looking(pickling.Pickler):
    """Goes through what a function reaches, as a copy of it would."""

    def __init__(self, stream):
        super().__init__(stream)
        self.said = ""

    def reducer_override(self, found):
        self.said = self.said or said_at(found)
        return super().reducer_override(found)


@functools.lru_cache(maxsize=4096)
def named_only(code):
    """[(line, the expression)] of the statements in a piece of code, and in those within it, that are a verb's name."""
    found, before = [], None
    for instruction in dis.get_instructions(code) if not _VERBS.isdisjoint(code.co_names) else ():
        if before is not None and instruction.opname == "POP_TOP":
            found.append((before.positions.lineno, _text(code.co_filename, before)))
        names = instruction.opname == "LOAD_ATTR" and instruction.argval in _VERBS
        before = instruction if names else None
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found += named_only(constant)
    return found


def _text(file, instruction):
    """The learner's own expression, where its line can be read."""
    place = instruction.positions
    line = linecache.getline(file, place.lineno).encode()
    text = line[place.col_offset : place.end_col_offset].decode() if place.lineno == place.end_lineno else ""
    return text if text.endswith(instruction.argval) else f"….{instruction.argval}"
