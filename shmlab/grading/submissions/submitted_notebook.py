"""Read a submitted notebook: its code cells, and which of them are answers."""

import ast
import dataclasses
import json

from shmlab.grading.submissions.learner_names import printable
from shmlab.grading.submissions.magics import without_timing
from shmlab.grading.submissions.source_notebook import ANSWER, CHECK, GIVEN, TUTOR, Source, defined_in, syntax_of

MOST_BYTES = 20 << 20
_MOST_CELLS = 500
_MOST_CHARACTERS = 100_000  # in a cell
_LONGEST_LINE = 50  # of a first line that names its cell


class UnreadableNotebook(ValueError):
    """A file is not a notebook that a learner could have worked in. The message is for the teacher."""


@dataclasses.dataclass(frozen=True)
class Cell:
    """Hold a code cell.

    `number`: its place among the notebook's code cells, from 1; below 0 for the source's given cells. `grade_id`:
    nbgrader's name, or "".
    """

    number: int
    grade_id: str
    source: str


def read(data):
    """Return the code Cells in a notebook's bytes. Raises UnreadableNotebook, which says what is wrong."""
    if len(data) > MOST_BYTES:
        raise UnreadableNotebook(f"the file has {len(data):,} bytes: at most {MOST_BYTES:,} are read")
    if not data.strip():
        raise UnreadableNotebook("the file is empty")
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableNotebook(f"the file is not UTF-8 text: byte {error.start} cannot be read") from error
    except RecursionError as error:
        raise UnreadableNotebook("the file is nested too deeply to be a notebook") from error
    except ValueError as error:
        raise UnreadableNotebook(f"the file is damaged or no notebook: {error}") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        raise UnreadableNotebook("the notebook is of version 3: open it in JupyterLab, save it, and hand it in again")
    if not isinstance(cells, list):
        raise UnreadableNotebook("the file has no list of cells: it is no notebook of version 4")
    if len(cells) > _MOST_CELLS:
        raise UnreadableNotebook(f"the notebook has {len(cells):,} cells: at most {_MOST_CELLS} are read")
    codes = [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    return [Cell(number, _grade_id(cell), _text(cell)) for number, cell in enumerate(codes, start=1)]


def _grade_id(cell):
    for part in ("metadata", "nbgrader", "grade_id"):
        cell = cell.get(part) if isinstance(cell, dict) else None
    return cell if isinstance(cell, str) else ""


def _text(cell):
    """Return the source of a cell; characters that UTF-8 cannot encode become question marks.

    A cell that is too long is replaced by a statement that raises an error with the reason.
    """
    source = cell.get("source", "")
    lines = source if isinstance(source, list) else [source]
    text = "".join(line for line in lines if isinstance(line, str)).encode("utf-8", "replace").decode("utf-8")
    text = without_timing(text)
    if len(text) > _MOST_CHARACTERS:
        problem = f"this cell has {len(text):,} characters and was left out: at most {_MOST_CHARACTERS:,} are read"
        return f"raise ValueError({problem!r})"
    return text


def steps(source: Source, cells):
    """Return (the steps in which to judge a learner's notebook, sentences about what was found).

    A step is a Cell to run or a SourceCell to judge. The source's own given cells come first; they depend on no
    answer. An answer is found by its grade_id, otherwise by the functions that it defines. If a learner split it into
    several cells with its grade_id, all of them are run, as a kernel does. The learner's copies of checks and tutors
    are left out. All other cells keep their places. A check is judged at its place, or after its answer if that was
    moved below it. A missing check is judged before the next cell of the source that is still there. So cells that a
    learner adds after a check cannot change its result.
    """
    placed = _placed(source, cells)
    source_cells = {cell.grade_id: cell for cell in source.cells}
    last = {grade_id: number for number, grade_id in sorted(placed.items())}
    to_run = []
    for cell in cells:
        grade_id = placed.get(cell.number, "")
        if grade_id and source_cells[grade_id].role != ANSWER:
            continue
        to_run.append(dataclasses.replace(cell, grade_id=grade_id))
    checks = _place_checks(source, last, len(cells) + 1)
    ordered = [(cell.number, 0, cell) for cell in to_run] + [(after, 1, check) for check, after in checks]
    given = [Cell(-number, cell.grade_id, cell.text) for number, cell in enumerate(source.of_role(GIVEN), start=1)]
    in_order = [step for *_, step in sorted(ordered, key=lambda entry: entry[:2])]
    return given + in_order, _notes(source, cells, placed, to_run)


def _place_checks(source, last, end):
    """Return (check, number of the cell after which it is judged) for all checks, in the source's order.

    `last`: grade_id -> number of its last cell. `end`: a number after all cells.
    """
    checks = []
    for index, check in enumerate(source.cells):
        if check.role != CHECK:
            continue
        answers = [cell.grade_id for cell in source.of_role(ANSWER) if not set(cell.names).isdisjoint(check.names)]
        written = max((last[answer] for answer in answers if answer in last), default=0)
        if check.grade_id in last:
            checks.append((check, max(last[check.grade_id], written)))
            continue
        later = (last[cell.grade_id] for cell in source.cells[index + 1 :] if last.get(cell.grade_id, 0) > written)
        checks.append((check, next(later, end) - 1))
    return checks


def _placed(source, cells):
    """Return number of a cell -> the grade_id of the source's cell that it stands for."""
    grade_ids = {cell.grade_id for cell in source.cells}
    placed = {cell.number: cell.grade_id for cell in cells if cell.grade_id in grade_ids}
    for cell in cells:
        if cell.number not in placed and (grade_id := _check_of(cell, source)):
            placed[cell.number] = grade_id
    for answer in source.of_role(ANSWER):
        if answer.grade_id in placed.values():
            continue
        candidates = [cell for cell in cells if cell.number not in placed and _answers(cell, answer)]
        if candidates:
            placed[candidates[-1].number] = answer.grade_id
    return placed


def _answers(cell, *wanted):
    """Tell whether a cell defines a name that one of the `wanted` answer cells of the source defines."""
    return not defined_in(cell.source).isdisjoint(name for answer in wanted for name in answer.names)


def _check_of(cell, source):
    """Return the grade_id of a check or tutor cell that has lost its metadata, or "" for any other cell.

    Such a cell calls grade or tutor with an item's name and contains no answer.
    """
    if _answers(cell, *source.of_role(ANSWER)):
        return ""
    roles = {"grade": CHECK, "tutor": TUTOR}
    for call in ast.walk(syntax_of(cell.source)):
        match call:
            case ast.Call(func=ast.Name(id="grade" | "tutor" as verb), args=[ast.Constant(value=item), *_]):
                for candidate in source.of_role(roles[verb]):
                    if candidate.grade_id.partition("_")[2] == item:
                        return candidate.grade_id
    return ""


def _notes(source, cells, placed, to_run):
    notes = []
    for wanted in source.cells:
        mine = [cell for cell in cells if placed.get(cell.number) == wanted.grade_id]
        if wanted.role != ANSWER:
            changed = [cell for cell in mine if cell.source.strip() != wanted.text.strip()]
            if changed:
                several = f"is {len(changed)} cells, and " if len(changed) > 1 else ""
                notes.append(f"{wanted.grade_id} {several}was changed: the teacher's was used")
            continue
        if not mine and not any(_answers(cell, wanted) for cell in to_run):
            notes.append(f"the cell for {', '.join(wanted.names)} is missing")
        if len(mine) > 1:
            notes.append(f"{wanted.grade_id} is {len(mine)} cells: they were run in their order, as a kernel does")
        if mine and mine[-1].grade_id != wanted.grade_id:
            notes.append(f"{cell_label(mine[-1])} was taken for {wanted.grade_id}: it has lost its metadata")
    return notes


def cell_label(cell):
    """Return a Cell's label for people: its grade_id, otherwise its number and the beginning of its code."""
    if cell.grade_id:
        return cell.grade_id
    begins = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    beginning = f" (`{printable(begins, _LONGEST_LINE)}`)" if begins else ""
    return f"code cell {cell.number}{beginning}"
