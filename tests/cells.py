"""Make functions from source text, as a notebook's cells do, and run checks without the merging of histories."""

import ast
import contextlib
import itertools
import linecache
import unittest.mock

from shmlab import Program
from shmlab.explorer.marks import marks

_numbers = itertools.count(1)


def cell(text, *, by_statement=False, **names):
    """Run a cell with this text; return its namespace. `by_statement`: each statement is compiled by itself, as IPython
    does. `names`: names that are defined before."""
    file = f"<cell {next(_numbers)}>"
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    space = {"__name__": "a_cell", **names}
    for part in [ast.Module([one], []) for one in ast.parse(text).body] if by_statement else [text]:
        exec(compile(part, file, "exec", dont_inherit=True), space)
    return space


def unmerged():
    """Return a context manager in which no two histories of a process merge: slow, and right by construction."""
    return unittest.mock.patch.object(marks, "mark_at", lambda *_, **__: None)


def counted(text, shared, functions=("f", "g"), **options):
    """Return (interleavings, failing ones, finals) of the functions that a cell defines."""
    space = cell(text)
    count = Program([space[name] for name in functions], shared=dict(shared), **options).count(progress=False)
    return count.total, count.failing, count.finals


def counted_both_ways(text, shared, **options):
    """Return `counted` with the merging of histories, and without."""
    merged = counted(text, shared, **options)
    with unmerged():
        return merged, counted(text, shared, **options)


@contextlib.contextmanager
def marks_taken():
    """Yield a list that gets one mark, or None, for each place where histories are compared."""
    taken, real = [], marks.mark_at

    def mark_at(*arguments, **named):
        taken.append(real(*arguments, **named))
        return taken[-1]

    with unittest.mock.patch.object(marks, "mark_at", mark_at):
        yield taken
