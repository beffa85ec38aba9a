"""What is wrong with an exercise that a teacher wrote, before a learner meets it.

First its text is read; then its hints are tried on made-up answers; then it is graded three times: with the solutions,
untouched, and with answers that do nothing.
"""

import ast
import contextlib
import dataclasses
import json
import pathlib

from shmlab.grading.checks.seen import Seen
from shmlab.grading.checks.tutor import COLLECTED, Tutored, about
from shmlab.grading.classroom import batch, self_test
from shmlab.grading.results import ItemResult
from shmlab.grading.submissions.source_notebook import (
    ANSWER,
    CHECK,
    GIVEN,
    TUTOR,
    Source,
    defined_in,
    is_tutor,
    source_of,
    syntax_of,
)

_IDLE = "answers that do nothing"  # as a learner's name
_MADE_UP = (None, 0, "", [], {}, (None, ""), ([], ""))  # what an answer may have come back with
_EXPECTED = AttributeError, IndexError, KeyError, TypeError, ValueError  # of a pattern: it looked for what is not there
_FEWEST_HINTS = 3


@dataclasses.dataclass(frozen=True)
class Fault:
    """`where`: a cell's grade_id, or the file. `sentence`: what is wrong, and what to do."""

    where: str
    sentence: str


def faults(path, *, run=True):
    """Return the Faults of an exercise with its answers, in the notebook at `path`. `run`: whether it is graded, too.

    Raises OSError when it cannot be read. The cells of the notebook are run, so it must be one that you trust.
    """
    path = pathlib.Path(path)
    data = path.read_bytes()
    try:
        notebook = json.loads(data)
        found = [*_broken(notebook)]
        source = source_of(notebook, path.stem) if not found else None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return [Fault(path.name, f"it is no exercise: {type(error).__name__}: {error}")]
    if source is None:
        return found
    found = [*_of_metadata(notebook), *_of_answers(source), *_of_checks(source), *_of_tutors(source)]
    found += _of_misconceptions(source)
    return found + (_of_grading(data, source) if run and not found else [])


def _grade_id(cell):
    return cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")


def _broken(notebook):
    """Code cells that are no Python, or bear no name: nothing else can be asked of them."""
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] != "code":
            continue
        where = _grade_id(cell) or f"cell {number}"
        if not _grade_id(cell):
            yield Fault(where, "it has no metadata of nbgrader: make it a given cell, an answer or a check")
        try:
            compile("".join(cell["source"]), where, "exec", ast.PyCF_ONLY_AST)
        except (SyntaxError, ValueError) as error:
            yield Fault(where, f"line {getattr(error, 'lineno', 1)} is no Python: {getattr(error, 'msg', error)}")


def _of_metadata(notebook):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and _calls(syntax_of("".join(cell["source"])), "tutor") and not is_tutor(cell):
            yield Fault(_grade_id(cell), "it calls tutor, and has not the tag 'tutor': learners would see all hints")


def _of_answers(source: Source):
    used = {name for check in source.of_role(CHECK) for name in check.names}
    for cell in source.of_role(ANSWER):
        if "### BEGIN SOLUTION" not in cell.text or "### END SOLUTION" not in cell.text:
            yield Fault(
                cell.grade_id, "no ### BEGIN SOLUTION and ### END SOLUTION: learners would lose all of the cell"
            )
        if not used & set(cell.names):
            yield Fault(cell.grade_id, f"no check uses {', '.join(cell.names) or 'it'}: it would have no points")


def _of_checks(source: Source):
    if not source.of_role(CHECK):
        yield Fault(source.stem, "no cell of it is a check: nothing would have points")
    for cell in source.of_role(CHECK):
        calls = _calls(syntax_of(cell.text), "grade")
        if len(calls) != 1:
            yield Fault(cell.grade_id, f"it calls grade {len(calls)} times: a check calls it once")
            continue
        name, points = _first(calls[0]), _keyword(calls[0], "points")
        if name is not None and name != cell.item:
            yield Fault(cell.grade_id, f"grade says {name!r}: call the cell check_{name}, or the item {cell.item!r}")
        if points is not None and points != cell.points:
            yield Fault(
                cell.grade_id, f"points={points:g} here, and {cell.points:g} in the cell's metadata: make them one"
            )
        if not cell.names:
            yield Fault(cell.grade_id, "it uses nothing that an answer cell defines")


def _of_tutors(source: Source):
    items = {cell.item for cell in source.of_role(CHECK)}
    told = {}
    for cell in source.of_role(TUTOR):
        for call in _calls(syntax_of(cell.text), "tutor"):
            name = _first(call)
            if name is not None and name not in items:
                yield Fault(cell.grade_id, f"tutor says {name!r}, and no item is called so: there is {_listed(items)}")
            told[name] = cell
    if None not in told:
        yield from (Fault(f"check_{item}", "no tutor cell has hints for it") for item in sorted(items - told.keys()))


def _listed(names):
    return ", ".join(sorted(names)) or "none"


def _calls(tree, name):
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def _first(call):
    """The item that a call names, or None where it is no constant."""
    return call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None


def _keyword(call, name):
    """The number that a keyword has, or None where it is no constant."""
    values = [one.value.value for one in call.keywords if one.arg == name and isinstance(one.value, ast.Constant)]
    return values[0] if values and isinstance(values[0], int | float) else None


def _of_misconceptions(source: Source):
    """What the hints and misconceptions do when they are asked about answers of every kind."""
    space, token = {"__name__": "__main__"}, COLLECTED.set([])  # so that nothing is displayed
    try:
        for cell in source.of_role(GIVEN, TUTOR):
            try:
                exec(cell.code, space)
            except Exception as error:
                return [Fault(cell.grade_id, f"running it raised {type(error).__name__}: {error}")]
        for cell in source.of_role(CHECK):  # a misconception may use what a check defines
            with contextlib.suppress(Exception):
                exec(compile(_definitions(cell.text), cell.grade_id, "exec", dont_inherit=True), space)
    finally:
        COLLECTED.reset(token)
    return [fault for check in source.of_role(CHECK) for fault in _of_item(check.item, about(check.item))]


def _definitions(text):
    """A cell without what it only does, as calling grade."""
    return ast.Module([node for node in syntax_of(text).body if not isinstance(node, ast.Expr)], [])


def _of_item(item, tutored: Tutored):
    where = f"tutor_{item}"
    if 0 < len(tutored.hints) < _FEWEST_HINTS:
        yield Fault(where, f"{len(tutored.hints)} hints: give {_FEWEST_HINTS}, each further than the one before")
    for one in tutored.misconceptions:
        raised = {said for got in _MADE_UP if (said := _raised(one, got))}
        yield from (Fault(where, f"the misconception {one.name!r} raises {said}") for said in sorted(raised))


def _raised(misconception, got):
    """What its pattern raises that would reach a learner, or ""."""
    try:
        misconception.pattern(Seen("a part", got=got))
    except _EXPECTED:
        return ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _of_grading(data, source: Source):
    solutions = {source.stem: data}
    idle = self_test.Known(source.stem, _IDLE, _idle(data, source))
    judged = {
        one.learner: one for one in batch.grade([*self_test.known(solutions, [source.stem]), idle], solutions, jobs=1)
    }
    idle = judged.pop(_IDLE)
    found = [Fault(where, sentence) for result in judged.values() for where, sentence in self_test.faults_of(result)]
    return found + [fault for item in idle.items for fault in _of_idle(item)] + _failed(idle)


def _of_idle(item: ItemResult):
    if item.score == item.points:
        yield Fault(f"check_{item.name}", "an answer that does nothing has all points")
    if item.score is None:
        yield Fault(f"check_{item.name}", f"an answer that does nothing is not judged: {item.note}")


def _failed(result):
    return [Fault(result.exercise, note) for note in result.notes if note.startswith("judging it failed")]


def _idle(data, source):
    """The notebook with functions that return None, and names that are None, in its answer cells."""
    notebook = json.loads(data)
    answers = {cell.grade_id: cell for cell in source.of_role(ANSWER)}
    for cell in notebook["cells"]:
        if answer := answers.get(_grade_id(cell)):
            cell["source"] = _doing_nothing(answer.text)
    return json.dumps(notebook).encode()


def _doing_nothing(text):
    tree = syntax_of(text)
    lines = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.body = [ast.Return(ast.Constant(None))]
            lines.append(ast.unparse(ast.fix_missing_locations(node)))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            lines.append(ast.unparse(node))
        else:
            lines += [f"{name} = None" for name in sorted(defined_in(ast.unparse(node)))]
    return "\n".join(lines)
