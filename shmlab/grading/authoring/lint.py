"""Find faults in an exercise that a teacher wrote, before learners get it.

First the text is checked; then its hints are tried on invented answers; then it is graded three times: with the
solutions, untouched, and with answers that do nothing.
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
_INVENTED = (None, 0, "", [], {}, (None, ""), ([], ""))  # results that an answer may have
_EXPECTED = AttributeError, IndexError, KeyError, TypeError, ValueError  # a pattern expected another result
_FEWEST_HINTS = 3


@dataclasses.dataclass(frozen=True)
class Fault:
    """Hold one fault. `where`: a cell's grade_id, or the file. `sentence`: what is wrong, and what to do."""

    where: str
    sentence: str


def faults(path, *, run=True):
    """Return the Faults of an exercise with its answers, in the notebook at `path`.

    `run`: whether to grade it, too. Raises OSError if it cannot be read. The notebook's cells are run, so use it only
    for a notebook that you trust.
    """
    path = pathlib.Path(path)
    data = path.read_bytes()
    try:
        notebook = json.loads(data)
        broken = [*_broken(notebook)]
        source = source_of(notebook, path.stem) if not broken else None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return [Fault(path.name, f"it is no exercise: {type(error).__name__}: {error}")]
    if source is None:
        return broken
    in_text = [*_of_metadata(notebook), *_of_answers(source), *_of_checks(source), *_of_tutors(source)]
    in_text += _of_misconceptions(source)
    return in_text + (_of_grading(data, source) if run and not in_text else [])


def _grade_id(cell):
    return cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")


def _broken(notebook):
    """Yield Faults of code cells that are not Python or have no name. With these no other check is possible."""
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
    tutors = {}
    for cell in source.of_role(TUTOR):
        for call in _calls(syntax_of(cell.text), "tutor"):
            name = _first(call)
            if name is not None and name not in items:
                yield Fault(cell.grade_id, f"tutor says {name!r}, and no item is called so: there is {_listed(items)}")
            tutors[name] = cell
    if None not in tutors:
        yield from (Fault(f"check_{item}", "no tutor cell has hints for it") for item in sorted(items - tutors.keys()))


def _listed(names):
    return ", ".join(sorted(names)) or "none"


def _calls(tree, name):
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def _first(call):
    """Return a call's first argument, the item's name; None if it is not a constant."""
    return call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None


def _keyword(call, name):
    """Return the number given for a keyword; None if it is not a constant."""
    values = [
        keyword.value.value
        for keyword in call.keywords
        if keyword.arg == name and isinstance(keyword.value, ast.Constant)
    ]
    return values[0] if values and isinstance(values[0], int | float) else None


def _of_misconceptions(source: Source):
    """Return the Faults of hints and misconceptions, tried on answers of every kind."""
    space, token = {"__name__": "__main__"}, COLLECTED.set([])  # so that nothing is displayed
    try:
        for cell in source.of_role(GIVEN, TUTOR):
            try:
                exec(cell.code, space)
            except Exception as error:
                return [Fault(cell.grade_id, f"running it raised {type(error).__name__}: {error}")]
        for cell in source.of_role(CHECK):  # a misconception may use names that a check defines
            with contextlib.suppress(Exception):
                exec(compile(_definitions(cell.text), cell.grade_id, "exec", dont_inherit=True), space)
    finally:
        COLLECTED.reset(token)
    return [fault for check in source.of_role(CHECK) for fault in _of_item(check.item, about(check.item))]


def _definitions(text):
    """Return a cell's syntax tree without expression statements, such as the call of grade."""
    return ast.Module([node for node in syntax_of(text).body if not isinstance(node, ast.Expr)], [])


def _of_item(item, tutored: Tutored):
    where = f"tutor_{item}"
    if 0 < len(tutored.hints) < _FEWEST_HINTS:
        yield Fault(where, f"{len(tutored.hints)} hints: give {_FEWEST_HINTS}, each further than the one before")
    for misconception in tutored.misconceptions:
        errors = {error for got in _INVENTED if (error := _error_of(misconception, got))}
        yield from (
            Fault(where, f"the misconception {misconception.name!r} raises {error}") for error in sorted(errors)
        )


def _error_of(misconception, got):
    """Return a text about an exception of the pattern that would reach a learner, or ""."""
    try:
        misconception.pattern(Seen("a part", got=got))
    except _EXPECTED:
        return ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _of_grading(data, source: Source):
    solutions = {source.stem: data}
    idle = self_test.KnownSubmission(source.stem, _IDLE, _idle(data, source))
    entries = [*self_test.known_submissions(solutions, [source.stem]), idle]
    judged = {result.learner: result for result in batch.grade(entries, solutions, jobs=1)}
    idle = judged.pop(_IDLE)
    faults = [Fault(where, sentence) for result in judged.values() for where, sentence in self_test.faults_of(result)]
    return faults + [fault for item in idle.items for fault in _of_idle(item)] + _failed(idle)


def _of_idle(item: ItemResult):
    if item.score == item.points:
        yield Fault(f"check_{item.name}", "an answer that does nothing has all points")
    if item.score is None:
        yield Fault(f"check_{item.name}", f"an answer that does nothing is not judged: {item.note}")


def _failed(result):
    return [Fault(result.exercise, note) for note in result.notes if note.startswith("judging it failed")]


def _idle(data, source):
    """Return the notebook's bytes with answer cells whose functions return None and whose other names are None."""
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
