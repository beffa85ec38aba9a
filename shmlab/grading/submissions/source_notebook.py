"""The notebook that exercises come from: its cells by what they are for, as nbgrader's metadata say.

Source: nbgrader's documentation, "Validation and cell metadata" (schema version 3).
"""

import ast
import collections
import dataclasses
import linecache
import pathlib
import types
import warnings

from shmlab.grading.submissions.magics import python_of

GIVEN, ANSWER, CHECK, TUTOR = "given", "answer", "check", "tutor"


@dataclasses.dataclass(frozen=True)
class SourceCell:
    """One code cell. `role`: given, answer, check or tutor. `points`: of a check. `names`: for an answer, the functions
    and other names that its code defines; for a check, those of answers that it uses."""

    grade_id: str
    role: str
    text: str
    points: float = 0.0
    names: tuple = ()
    code: types.CodeType | None = None

    @property
    def item(self):
        """The name of the item that a check is about."""
        return self.grade_id.removeprefix("check_")


@dataclasses.dataclass(frozen=True)
class Source:
    """An exercise notebook with its answers. `stem`: its name, as 05_lost_updates."""

    stem: str
    cells: tuple

    def of_role(self, *roles):
        return [cell for cell in self.cells if cell.role in roles]


def solutions_in(folder):
    """stem -> the bytes of its notebook, for the solutions in a folder. Raises FileNotFoundError when it has none."""
    found = {path.stem: path.read_bytes() for path in sorted(pathlib.Path(folder).glob("*.ipynb"))}
    if not found:
        raise FileNotFoundError(
            f"{folder} has no notebooks: give the folder of the solutions (--solutions), which is in "
            "shmlab's repository and is not installed"
        )
    return found


def source_of(notebook, stem):
    """The Source of a notebook, a dict as JSON gives it. Raises ValueError for a cell without metadata, naming it, and
    for two with one name."""
    found = []
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == "code":
            found.append(_cell(cell, f"{stem}, cell {number}"))
    twice = [one for one, times in collections.Counter(cell.grade_id for cell in found).items() if times > 1]
    if twice:
        raise ValueError(f"{stem} has several cells with the grade_id {', '.join(twice)}: each needs one of its own")
    answers = {name for cell in found if cell.role == ANSWER for name in cell.names}
    return Source(stem, tuple(_with_its_code(cell, answers) for cell in found))


def _cell(cell, where):
    told = cell.get("metadata", {}).get("nbgrader")
    if not told or not told.get("grade_id"):
        raise ValueError(f"{where} has no metadata of nbgrader: each code cell is given, an answer or a check")
    text = "".join(cell["source"])
    if told.get("solution"):
        return SourceCell(told["grade_id"], ANSWER, text, names=tuple(sorted(defined_in(text))))
    if told.get("grade"):
        return SourceCell(told["grade_id"], CHECK, text, points=float(told["points"]))
    return SourceCell(told["grade_id"], TUTOR if is_tutor(cell) else GIVEN, text)


def is_tutor(cell):
    """Whether a cell, a dict as JSON gives it, is a tutor's."""
    return "tutor" in cell["metadata"].get("tags", ())


def _with_its_code(cell, answers):
    """A cell that the trusted parent runs, compiled; its lines are known by its name, so that they can be shown."""
    if cell.role == ANSWER:
        return cell
    file = f"<{cell.grade_id}>"
    remember_lines(file, cell.text)
    code = compile(cell.text, file, "exec", dont_inherit=True)
    names = tuple(sorted(answers & _names_in(code)))
    return dataclasses.replace(cell, code=code, names=names)


def _names_in(code):
    return set(code.co_names).union(*(_names_in(one) for one in code.co_consts if isinstance(one, types.CodeType)))


def remember_lines(file, text):
    """Let a cell's lines be found under the name of its file. Source: linecache; its entries without a time stay."""
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file


def defined_in(text):
    """The names that the top level of a cell defines; none where it is no Python."""
    body = syntax_of(text).body
    names = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else ()
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def syntax_of(text):
    """The tree of a cell, an empty one where it is no Python. What it warns of is not for whoever grades."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(python_of(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module([], [])
