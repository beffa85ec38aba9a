"""For tests of exercises: read their sources, put answers into them, and run their checks in this interpreter."""

import ast
import functools
import json
import pathlib

import sysv_ipc

from shmlab.grading.checks import parts
from shmlab.grading.checks.drawn import SEED
from shmlab.grading.checks.tutor import COLLECTED
from shmlab.grading.sandbox.sandbox import Sandbox
from shmlab.grading.sandbox.zygote import Zygote
from shmlab.grading.scenes import world
from shmlab.grading.submissions.find import Submission
from shmlab.grading.submissions.source_notebook import ANSWER, CHECK, remember_lines, source_of

ROOT = pathlib.Path(__file__).parent.parent
STEMS = sorted(path.stem for path in (ROOT / "solutions").glob("*.ipynb"))


@functools.cache
def source(stem):
    """Return the Source of an exercise notebook."""
    return source_of(json.loads((ROOT / "solutions" / f"{stem}.ipynb").read_text()), stem)


ITEMS = [(stem, check.item) for stem in STEMS for check in source(stem).of_role(CHECK)]


def wrong_answers():
    """Return [(stem, path)] of all wrong answers.

    Each is a file with the learner's functions; the first line of its docstring is "ITEM: MISCONCEPTION."
    """
    return _answers("wrong_answers")


def right_answers():
    """Return [(stem, path)] of right answers that differ from the solution.

    The first line of the docstring is "ITEM: WHAT IS UNUSUAL."
    """
    return _answers("right_answers")


def fitted_answers():
    """Return [(stem, path)] of answers that are right only for the numbers that the check shows, or only look right.

    The first line of the docstring is "ITEM: WHAT THE ANSWER KNOWS."
    """
    return _answers("fitted_answers")


def _answers(folder):
    return [(stem, path) for stem in STEMS for path in sorted((ROOT / "tests" / folder / stem).glob("*.py"))]


def headline(path):
    """Return (item, name of the misconception) of a wrong answer; (item, what is unusual) of a right one."""
    item, _, name = ast.get_docstring(ast.parse(path.read_text())).splitlines()[0].rstrip(".").partition(": ")
    return item, name


def answer_cell(stem, item):
    """Return the answer cell that the check of `item` uses."""
    (check,) = [check for check in source(stem).of_role(CHECK) if check.item == item]
    (answer,) = [answer for answer in source(stem).of_role(ANSWER) if set(answer.names) & set(check.names)]
    return answer


def graded(stem, item, text=None, *, seed=0):
    """Grade one item with `text` in its answer cell, or with the solution; return the ItemResult.

    `seed`: for the numbers that the check draws; 0 is a Judge's default.
    """
    (result,) = _run(stem, item, text, seed)[1]
    return result


@functools.cache
def names_of(stem, item):
    """Return what is defined, name -> value, when the check of an item has run on the solution."""
    return _run(stem, item, None, 0)[0]


def _run(stem, item, text, seed):
    """Run the cells of a source up to the check of an item, and no other check; return (what is defined, results)."""
    mine = answer_cell(stem, item).grade_id
    space, collected = {"__name__": "__main__"}, []
    with_results, pictures, drawing = COLLECTED.set(collected), parts.PICTURES.set(False), SEED.set(seed)
    try:
        for cell in source(stem).cells:
            if cell.role == CHECK and cell.item != item:
                continue
            if cell.role == ANSWER:
                written = text if text is not None and cell.grade_id == mine else cell.text
                file = f"<{stem} {cell.grade_id}>"
                remember_lines(file, written)
                exec(compile(written, file, "exec", dont_inherit=True), space)
            else:
                exec(cell.code, space)
    finally:
        COLLECTED.reset(with_results)
        parts.PICTURES.reset(pictures)
        SEED.reset(drawing)
    return space, collected


def submitted(stem, answers, *, folder="exercises"):
    """Return the bytes of a learner's notebook. `answers`: item -> text for its answer cell."""
    notebook = json.loads((ROOT / folder / f"{stem}.ipynb").read_text())
    texts = {answer_cell(stem, item).grade_id: text for item, text in answers.items()}
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id in texts:
            cell["source"] = texts[grade_id]
    return json.dumps(notebook).encode()


def solved(stem, **others):
    """Return {item: its solution, or the text that `others` has for it}."""
    return {item: answer_cell(stem, item).text for one, item in ITEMS if one == stem} | others


@functools.cache
def missing_walls():
    """Return why a sandbox has no namespaces here, or "". A zygote finds out, as a process with threads cannot."""
    zygote = Zygote()
    try:
        sandbox = Sandbox(zygote)
        sandbox.close()
    finally:
        zygote.close()
    return sandbox.missing_walls


@functools.cache
def gives_id_0():
    """Return whether a scene can give a System V segment the id 0: older kernels let only the host's root do it."""
    stage = world.World(world.sandbox())
    try:
        stage.number_from_zero()
        return stage.call(id_of_new, stage.key()) == 0
    finally:
        stage.close()


def id_of_new(key):
    """Create a System V segment and return its id."""
    return sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, size=4096).id


def has_walls(result):
    """Return whether a SubmissionResult was made on a host that allows namespaces."""
    return not any(note.startswith("without walls") for note in result.notes)


def remarks(result):
    """Return the notes of a SubmissionResult, without the one that says that the host forbids namespaces."""
    return [note for note in result.notes if not note.startswith("without walls")]


def is_full(item, result):
    """Return whether an item of a SubmissionResult has all its points.

    Without namespaces it may also be not judged, with a reason.
    """
    words = item.note or any(part.share is None and part.sentence for part in item.parts)
    return item.score == item.points or (item.score is None and bool(words) and not has_walls(result))


def submission(stem, answers, learner="ada"):
    """Return a Submission, for a Judge."""
    return Submission(learner, stem, f"{learner}.ipynb", submitted(stem, answers))
