"""What a lesson's text says of its outputs is true of what is stored, and of what comes on one processor.

A code cell says in its metadata what its text relies on: {"shmlab": {"claims": [...]}}, Python expressions over
`text`, all that the cell shows in words, and `numbers`, those in it. A learner does not see them.
"""

import os
import re

import lessons
import nbformat
import pytest
from foreign import in_kernel

each_lesson = pytest.mark.parametrize("path", lessons.LESSONS, ids=lambda path: path.stem)
LONGEST_CELL = 25  # lines
# The kernel's own start-up, not ours, warns about its transport.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq.*", "ignore::RuntimeWarning:zmq.*"),
    pytest.mark.usefixtures("a_file_that_iceoryx2_keeps"),  # lesson 19 measures it where it is installed
]


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def claims(cell):
    return cell.metadata.get("shmlab", {}).get("claims", [])


def shown(cell):
    """What a code cell shows, in words, but for the bar of what takes long."""
    outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return "".join(output.get("data", {}).get("text/plain", output.get("text", "")) for output in outputs)


def untrue(cell):
    """The claims of a cell that do not hold of what it shows."""
    text = shown(cell)
    numbers = [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]
    found = {"text": text, "numbers": numbers, "re": re}
    return [f"{claim}\nof\n{text}" for claim in claims(cell) if not eval(claim, found)]


@each_lesson
def test_what_a_lesson_says_is_true_of_its_stored_outputs(path):
    cells = code_cells(nbformat.read(path, as_version=4))
    assert [words for cell in cells for words in untrue(cell)] == []
    assert claims(cells[-1]), "a lesson claims that it leaves nothing"


@each_lesson
def test_no_cell_of_a_lesson_is_longer_than_a_reader_bears(path):
    cells = code_cells(nbformat.read(path, as_version=4))
    assert [cell.source for cell in cells if len(cell.source.splitlines()) > LONGEST_CELL] == []


@pytest.mark.parametrize("claim", ["'2 of 3' in text", "numbers == [2, 3, 1000.5]", "not re.search('4', text)"])
def test_a_claim_is_put_to_the_words_that_a_cell_shows(claim):
    outputs = [
        nbformat.v4.new_output("stream", text="2 of 3\n"),
        nbformat.v4.new_output("display_data", {"text/plain": "1,000.5 ms", "image/png": ""}),
    ]
    cell = nbformat.v4.new_code_cell("f()", outputs=outputs, metadata={"shmlab": {"claims": [claim]}})
    assert untrue(cell) == []
    cell.outputs[:] = [nbformat.v4.new_output("stream", text="4 of 4")]
    assert len(untrue(cell)) == 1


@pytest.mark.stress
@each_lesson
def test_what_a_lesson_says_is_true_on_one_processor(path):
    before, allowed = in_kernel(), os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        with lessons.running(path) as lesson:
            lesson.run()
            assert [words for cell in lesson.cells for words in untrue(cell)] == []
            assert lesson.ending == [lessons.CLEAN]
    finally:
        os.sched_setaffinity(0, allowed)
    assert in_kernel() <= before
