"""Answers with the same text are judged once: what an item got is found again by the text that decided it.

What decides an item is the text of all cells that ran before its check, in their order. Few learners have all of these
in common, and many the one answer that an item is about. So a result with full marks is also found by less: by the
cells without those that only define functions, for other items, of names that no other cell has. Full marks earned
without them are earned with them, as no answer costs another its points (see the hostile ones in the tests). What is
less than that is found by all of the text alone: another answer may be the reason.
"""

import ast
import collections
import functools
import hashlib

from shmlab.grading.submissions.source_notebook import syntax_of
from shmlab.grading.submissions.submitted_notebook import Cell

_MOST = 500  # results that are kept
# Names by which code finds another cell's functions without naming them.
_ROUNDABOUT = {
    *("__builtins__", "__dict__", "__globals__", "__import__", "__main__", "attrgetter", "builtins", "cloudpickle"),
    *("ctypes", "eval", "exec", "f_back", "f_builtins", "f_globals", "f_locals", "FunctionType", "gc", "get_ipython"),
    *("getattr", "globals", "importlib", "In", "inspect", "locals", "marshal", "methodcaller", "modules", "Out"),
    *("pickle", "runpy", "setattr", "sys", "vars"),
}


class SameText:
    """What the items of one exercise got, by text."""

    def __init__(self):
        self._kept = collections.OrderedDict()

    def judged(self, check, before, judge):
        """Return the ItemResult that a check gave on this text, or else what `judge()` gives, which is kept unless it
        may be different next time. `before`: the steps before the check, see submitted_notebook.steps."""
        whole, less = _keys(check, before)
        for key in (whole, less):
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        result = judge()
        if result.final:
            keys = (whole, less) if result.score == result.points else (whole,)
            self._kept.update(dict.fromkeys(keys, result))
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return result


def _keys(check, before):
    """What an item is found by: all of the text, and what is left without cells that cannot matter to it."""
    whole = tuple(step if isinstance(step, Cell) else step.grade_id for step in before)
    cells = [step for step in before if isinstance(step, Cell)]
    needed, left = [], cells
    names = set(check.names)
    while more := [cell for cell in left if not _is_apart(cell, names)]:
        needed += more
        names = names.union(*(_names_in(cell.source) for cell in more))
        left = [cell for cell in left if cell not in more]
    if any(_names_in(cell.source) & _ROUNDABOUT for cell in needed if not _is_given(cell)):
        needed = cells
    return _digest(check.grade_id, whole), _digest(check.grade_id, [cell for cell in cells if cell in needed])


def _digest(*texts):
    return hashlib.sha256(repr(texts).encode()).digest()


def _is_given(cell):
    return cell.number < 0


def _is_apart(cell, names):
    """Whether a learner's cell does nothing but define functions that have none of these names, nor reach them."""
    tree = syntax_of(cell.source)
    if _is_given(cell) or not tree.body or not all(map(_only_defines, tree.body)):
        return False
    bound = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    bound |= {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    return not bound & names and not _names_in(cell.source) & _ROUNDABOUT


def _only_defines(statement):
    if not isinstance(statement, ast.FunctionDef):
        return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    arguments = statement.args
    evaluated = [*statement.decorator_list, statement.returns, *arguments.defaults, *arguments.kw_defaults]
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    evaluated += [one.annotation for one in every if one is not None]
    return all(one is None or isinstance(one, ast.Constant) for one in evaluated)


@functools.lru_cache(maxsize=1024)  # the cells that are given are the same for all
def _names_in(text):
    """All names in a cell: of variables, attributes and functions, imported ones, and texts that could be a name."""
    found = set()
    for node in ast.walk(syntax_of(text)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Constant(value=str(name)) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found |= {*name.split("."), other}
            case ast.ImportFrom(module=str(name)):
                found |= set(name.split("."))
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found |= set(names)
    return frozenset(found)
