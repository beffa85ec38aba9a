"""An answer in several cells, as JupyterLab leaves it when one is split: all of them are run, as a kernel does."""

import copy
import json

import pytest
from graded import ROOT, answer_cell, is_full, remarks, solved, submission

from shmlab.grading.classroom.judge import Judge
from shmlab.grading.submissions.find import Submission

STEM, ITEM = "05_lost_updates", "write_pair"
ANSWER = answer_cell(STEM, ITEM)
REMARK = f"{ANSWER.grade_id} is 2 cells: they were run in their order, as a kernel does"


@pytest.fixture(scope="module")
def judge():
    with Judge(ROOT / "solutions") as one:
        yield one


def in_cells(*texts):
    """A Submission with all answers right, this one's text in several cells of one grade_id."""
    notebook = json.loads(submission(STEM, solved(STEM)).data)
    (at,) = [
        number
        for number, cell in enumerate(notebook["cells"])
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == ANSWER.grade_id
    ]
    pieces = [copy.deepcopy(notebook["cells"][at]) | {"source": text} for text in texts]
    notebook["cells"][at : at + 1] = pieces
    return Submission("ada", STEM, "ada.ipynb", json.dumps(notebook).encode())


def test_both_pieces_count(judge):
    first, second = ANSWER.text.split("def read_pair", 1)
    result = judge.judge(in_cells(first, f"def read_pair{second}"))
    assert all(is_full(item, result) for item in result.items), result
    assert remarks(result) == [REMARK]


def test_a_later_piece_makes_good_what_ended_the_one_before(judge):
    spins = "def write_pair(pair, locks, compute):\n    pass\n\n\nsum(iter(int, 1))"
    result = judge.judge(in_cells(spins, ANSWER.text))
    assert all(is_full(item, result) for item in result.items), result
    assert remarks(result)[0] == REMARK
    assert any(note.startswith(f"{ANSWER.grade_id} ") and "left out" in note for note in remarks(result)[1:])


def test_a_piece_that_is_no_python_is_named_as_the_notebook_names_it(judge):
    result = judge.judge(in_cells("def write_pair(pair, locks, compute)\n    pass"))
    (mine,) = [item for item in result.items if item.name == ITEM]
    said = f"{ANSWER.grade_id} raised SyntaxError in its line 1: expected ':'"
    assert (mine.note, mine.score, remarks(result)) == (said, 0, [said])
