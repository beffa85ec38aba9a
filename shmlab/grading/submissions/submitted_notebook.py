"""A submitted notebook: its code cells, and which of them are the answers to which exercises."""

import ast
import dataclasses
import json

from shmlab.grading.submissions.learner_names import printable
from shmlab.grading.submissions.magics import without_timing
from shmlab.grading.submissions.source_notebook import ANSWER, CHECK, GIVEN, TUTOR, Source, defined_in, syntax_of

MOST_BYTES = 20 << 20
_MOST_CELLS = 500
_MOST_CHARACTERS = 100_000  # of a cell
_LONGEST_LINE = 50  # of a cell, where its first one stands for it


class UnreadableNotebook(ValueError):
    """A file that is no notebook that anybody could have worked in; its words are for the teacher."""


@dataclasses.dataclass(frozen=True)
class Cell:
    """A code cell. `number`: which of the notebook's code cells it is, from 1; below 0 for the source's given cells.
    `grade_id`: nbgrader's name, or ""."""

    number: int
    grade_id: str
    source: str


def read(data):
    """The code Cells of a notebook's bytes. Raises UnreadableNotebook, saying what is wrong with it."""
    if len(data) > MOST_BYTES:
        raise UnreadableNotebook(f"the file has {len(data):,} bytes: at most {MOST_BYTES:,} are read")
    if not data.strip():
        raise UnreadableNotebook("the file is empty")
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableNotebook(f"the file is not UTF-8 text: byte {error.start} cannot be read") from error
    except RecursionError as error:
        raise UnreadableNotebook("the file is nested too deeply to be a notebook") from error
    except ValueError as error:
        raise UnreadableNotebook(f"the file is damaged or no notebook: {error}") from error
    cells = found.get("cells") if isinstance(found, dict) else None
    if isinstance(found, dict) and isinstance(found.get("worksheets"), list):
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
    """The source of a cell; what no editor could have written becomes a question mark. One that is too long to be an
    answer says so when it is run."""
    found = cell.get("source", "")
    lines = found if isinstance(found, list) else [found]
    text = "".join(line for line in lines if isinstance(line, str)).encode("utf-8", "replace").decode("utf-8")
    text = without_timing(text)
    if len(text) > _MOST_CHARACTERS:
        problem = f"this cell has {len(text):,} characters and was left out: at most {_MOST_CHARACTERS:,} are read"
        return f"raise ValueError({problem!r})"
    return text


def steps(source: Source, cells):
    """(what to do for a learner, in order; sentences about what was found): a Cell is run, a SourceCell judged.

    Given cells are the source's own, and come first: nothing of theirs depends on an answer. An answer is found by its
    grade_id, else by the functions that it defines; of one that was split, with several cells of its grade_id, all are
    run, as a kernel does. Checks and tutors are left out. All other cells stay where they are. A check is judged where
    it stands, or after its answer where that was moved below it; one that is missing, before the next cell of the
    source that is left. So what a learner tries after a check changes nothing.
    """
    placed = _placed(source, cells)
    known = {cell.grade_id: cell for cell in source.cells}
    last = {grade_id: number for number, grade_id in sorted(placed.items())}
    kept = []
    for cell in cells:
        grade_id = placed.get(cell.number, "")
        if grade_id and known[grade_id].role != ANSWER:
            continue
        kept.append(dataclasses.replace(cell, grade_id=grade_id))
    checks = _reached(source, last, len(cells) + 1)
    ordered = [(cell.number, 0, cell) for cell in kept] + [(after, 1, check) for check, after in checks]
    given = [Cell(-at, cell.grade_id, cell.text) for at, cell in enumerate(source.of_role(GIVEN), start=1)]
    return given + [step for *_, step in sorted(ordered, key=lambda one: one[:2])], _notes(source, cells, placed, kept)


def _reached(source, last, end):
    """[(check, the number of the cell after which it is judged)] of all checks, in the source's order."""
    found = []
    for at, check in enumerate(source.cells):
        if check.role != CHECK:
            continue
        answers = [cell.grade_id for cell in source.of_role(ANSWER) if not set(cell.names).isdisjoint(check.names)]
        written = max((last[one] for one in answers if one in last), default=0)
        if check.grade_id in last:
            found.append((check, max(last[check.grade_id], written)))
            continue
        later = (last[cell.grade_id] for cell in source.cells[at + 1 :] if last.get(cell.grade_id, 0) > written)
        found.append((check, next(later, end) - 1))
    return found


def _placed(source, cells):
    """number of a cell -> the grade_id it stands for."""
    known = {cell.grade_id for cell in source.cells}
    placed = {cell.number: cell.grade_id for cell in cells if cell.grade_id in known}
    for cell in cells:
        if cell.number not in placed and (lost := _check_of(cell, source)):
            placed[cell.number] = lost
    for answer in source.of_role(ANSWER):
        if answer.grade_id in placed.values():
            continue
        found = [cell for cell in cells if cell.number not in placed and _answers(cell, answer)]
        if found:
            placed[found[-1].number] = answer.grade_id
    return placed


def _answers(cell, *wanted):
    """Whether a cell defines what one of some answer cells of the source does."""
    return not defined_in(cell.source).isdisjoint(name for answer in wanted for name in answer.names)


def _check_of(cell, source):
    """The grade_id of the check or tutor that a cell is, though it has lost its metadata: it calls grade or tutor on an
    item, and holds no answer; "" for any other cell."""
    if _answers(cell, *source.of_role(ANSWER)):
        return ""
    roles = {"grade": CHECK, "tutor": TUTOR}
    for call in ast.walk(syntax_of(cell.source)):
        match call:
            case ast.Call(func=ast.Name(id="grade" | "tutor" as verb), args=[ast.Constant(value=item), *_]):
                for known in source.of_role(roles[verb]):
                    if known.grade_id.partition("_")[2] == item:
                        return known.grade_id
    return ""


def _notes(source, cells, placed, kept):
    notes = []
    for wanted in source.cells:
        mine = [cell for cell in cells if placed.get(cell.number) == wanted.grade_id]
        if wanted.role != ANSWER:
            changed = [cell for cell in mine if cell.source.strip() != wanted.text.strip()]
            if changed:
                several = f"is {len(changed)} cells, and " if len(changed) > 1 else ""
                notes.append(f"{wanted.grade_id} {several}was changed: the teacher's was used")
            continue
        if not mine and not any(_answers(cell, wanted) for cell in kept):
            notes.append(f"the cell for {', '.join(wanted.names)} is missing")
        if len(mine) > 1:
            notes.append(f"{wanted.grade_id} is {len(mine)} cells: they were run in their order, as a kernel does")
        if mine and mine[-1].grade_id != wanted.grade_id:
            notes.append(f"{named(mine[-1])} was taken for {wanted.grade_id}: it has lost its metadata")
    return notes


def named(cell):
    """A Cell for people: by its grade_id, else by which code cell it is and how it begins."""
    if cell.grade_id:
        return cell.grade_id
    begins = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    words = f" (`{printable(begins, _LONGEST_LINE)}`)" if begins else ""
    return f"code cell {cell.number}{words}"
