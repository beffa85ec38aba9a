"""Read the notebook that exercises are made from: nbgrader's metadata say what each cell is for.

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
    """Hold one code cell.

    `role`: given, answer, check or tutor. `points`: of a check. `names`: for an answer, the names that its code
    defines; for a check, the names defined in answers that it uses. `code`: compiled, for cells that the trusted
    parent runs.
    """

    grade_id: str
    role: str
    text: str
    points: float = 0.0
    names: tuple = ()
    code: types.CodeType | None = None

    @property
    def item(self):
        """Return the name of the item that a check judges."""
        return self.grade_id.removeprefix("check_")


@dataclasses.dataclass(frozen=True)
class Source:
    """Hold an exercise notebook with its answers. `stem`: its name, such as 05_lost_updates."""

    stem: str
    cells: tuple

    def of_role(self, *roles):
        return [cell for cell in self.cells if cell.role in roles]


def solutions_in(folder):
    """Return stem -> bytes of the notebook for all solutions in a folder. Raises FileNotFoundError if it has none."""
    solutions = {path.stem: path.read_bytes() for path in sorted(pathlib.Path(folder).glob("*.ipynb"))}
    if not solutions:
        raise FileNotFoundError(
            f"{folder} has no notebooks: give the folder of the solutions (--solutions), which is in "
            "shmlab's repository and is not installed"
        )
    return solutions


def source_of(notebook, stem):
    """Return the Source for a notebook, a dict from JSON.

    Raises ValueError, with the cell's name, if a cell has no metadata or two cells have the same grade_id.
    """
    cells = []
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == "code":
            cells.append(_cell(cell, f"{stem}, cell {number}"))
    twice = [name for name, times in collections.Counter(cell.grade_id for cell in cells).items() if times > 1]
    if twice:
        raise ValueError(f"{stem} has several cells with the grade_id {', '.join(twice)}: each needs one of its own")
    answers = {name for cell in cells if cell.role == ANSWER for name in cell.names}
    return Source(stem, tuple(_with_its_code(cell, stem, answers) for cell in cells))


def _cell(cell, where):
    metadata = cell.get("metadata", {}).get("nbgrader")
    if not metadata or not metadata.get("grade_id"):
        raise ValueError(f"{where} has no metadata of nbgrader: each code cell is given, an answer or a check")
    text = "".join(cell["source"])
    if metadata.get("solution"):
        return SourceCell(metadata["grade_id"], ANSWER, text, names=tuple(sorted(defined_in(text))))
    if metadata.get("grade"):
        return SourceCell(metadata["grade_id"], CHECK, text, points=float(metadata["points"]))
    return SourceCell(metadata["grade_id"], TUTOR if is_tutor(cell) else GIVEN, text)


def is_tutor(cell):
    """Tell whether a cell, a dict from JSON, has the tag "tutor"."""
    return "tutor" in cell["metadata"].get("tags", ())


def _with_its_code(cell, stem, answers):
    """Return a cell with its compiled code, unless it is an answer; register its lines, so that they can be shown.

    Its file is named after the exercise, too: cells of several exercises have one grade_id.
    """
    if cell.role == ANSWER:
        return cell
    file = f"<{stem} {cell.grade_id}>"
    remember_lines(file, cell.text)
    code = compile(cell.text, file, "exec", dont_inherit=True)
    names = tuple(sorted(answers & _names_in(code)))
    return dataclasses.replace(cell, code=code, names=names)


def _names_in(code):
    return set(code.co_names).union(
        *(_names_in(inner) for inner in code.co_consts if isinstance(inner, types.CodeType))
    )


def remember_lines(file, text):
    """Register a cell's lines under its file name. Source: linecache; it never discards entries without a time."""
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file


def defined_in(text):
    """Return the names that the top level of a cell defines, none if it is not Python."""
    body = syntax_of(text).body
    names = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else ()
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def syntax_of(text):
    """Return the syntax tree of a cell, an empty one if it is not Python. Warnings are ignored: they are not for the
    teacher."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(python_of(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module([], [])
