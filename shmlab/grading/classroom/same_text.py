"""Judge answers with the same text only once, by storing each result under the text that decided it.

In a class many learners hand in the same text for an item, and judging takes long. What decides an item is the text of
all cells that ran before its check, in their order. Few learners have that whole text in common, but many have the one
answer that the item is about. So a result with full marks is stored under a shorter text as well: without cells that
only define functions for other items, with names that no needed cell uses. Such a cell cannot take points away: no
answer costs another its points (tests/hostile.py tries it). A result with less than full marks is stored only under
the whole text, because another answer may be the reason.
"""

import ast
import collections
import functools
import hashlib

from shmlab.grading.submissions.source_notebook import syntax_of
from shmlab.grading.submissions.submitted_notebook import Cell

_MOST = 500  # stored results
# With these names code can reach another cell's functions without naming them.
_ROUNDABOUT = {
    *("__builtins__", "__dict__", "__globals__", "__import__", "__main__", "attrgetter", "builtins", "cloudpickle"),
    *("ctypes", "eval", "exec", "f_back", "f_builtins", "f_globals", "f_locals", "FunctionType", "gc", "get_ipython"),
    *("getattr", "globals", "importlib", "In", "inspect", "locals", "marshal", "methodcaller", "modules", "Out"),
    *("pickle", "runpy", "setattr", "sys", "vars"),
}


class SameText:
    """Store the ItemResults of one exercise by text."""

    def __init__(self):
        self._results = collections.OrderedDict()

    def judge_once(self, check, before, judge):
        """Return the stored ItemResult for this check and text. If there is none, call `judge()` and store its result.

        `before`: the steps before the check, see submitted_notebook.steps. A result that may change is not stored.
        """
        whole, less = _keys(check, before)
        for key in (whole, less):
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        result = judge()
        if result.final:
            keys = (whole, less) if result.score == result.points else (whole,)
            self._results.update(dict.fromkeys(keys, result))
        while len(self._results) > _MOST:
            self._results.popitem(last=False)
        return result


def _keys(check, before):
    """Return two keys for an item: for the whole text, and for the text without cells that cannot affect the item."""
    whole = tuple(step if isinstance(step, Cell) else step.grade_id for step in before)
    cells = [step for step in before if isinstance(step, Cell)]
    needed, others = [], cells
    names = set(check.names)
    while more := [cell for cell in others if not _is_unrelated(cell, names)]:
        needed += more
        names = names.union(*(_names_in(cell.source) for cell in more))
        others = [cell for cell in others if cell not in more]
    if any(_names_in(cell.source) & _ROUNDABOUT for cell in needed if not _is_given(cell)):
        needed = cells
    return _digest(check.grade_id, whole), _digest(check.grade_id, [cell for cell in cells if cell in needed])


def _digest(*texts):
    return hashlib.sha256(repr(texts).encode()).digest()


def _is_given(cell):
    return cell.number < 0


def _is_unrelated(cell, names):
    """Tell whether a learner's cell only defines functions, with none of these names and no way to reach them."""
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
    evaluated += [argument.annotation for argument in every if argument is not None]
    return all(expression is None or isinstance(expression, ast.Constant) for expression in evaluated)


@functools.lru_cache(maxsize=1024)  # the given cells are the same for all learners
def _names_in(text):
    """Return all names in a cell: of variables, attributes, functions and imports, and texts that could be a name."""
    collected = set()
    for node in ast.walk(syntax_of(text)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                collected.add(name)
            case ast.Constant(value=str(name)) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                collected.add(name)
            case ast.alias(name=name, asname=other):
                collected |= {*name.split("."), other}
            case ast.ImportFrom(module=str(name)):
                collected |= set(name.split("."))
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                collected |= set(names)
    return frozenset(collected)
