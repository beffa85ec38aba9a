"""Submitted notebooks: what cannot be read is said, and answers are found wherever learners have left them."""

import json

import pytest

from shmlab.grading.submissions import submitted_notebook
from shmlab.grading.submissions.source_notebook import source_of
from shmlab.grading.submissions.submitted_notebook import Cell, UnreadableNotebook, read, steps


def code(text, grade_id=None):
    """A code cell as a notebook has it."""
    told = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": "code", "source": text, "metadata": told, "outputs": [], "execution_count": None}


def written(*cells, **others):
    """The bytes of a notebook."""
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | others).encode()


V3 = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1", "language": "python"}]}]}
UNREADABLE = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \n", "the file is empty"),
    "truncated": (written(code("x = 1"))[:-9], "the file is damaged or no notebook: "),
    "a picture": (b"\x89PNG\r\n\x1a\n", "the file is not UTF-8 text: byte 0 cannot be read"),
    "Latin-1": (written(code("x")).replace(b'"x"', b'"\xe9"'), "the file is not UTF-8 text: byte "),
    "UTF-16": (written().decode().encode("utf-16"), "the file is not UTF-8 text: byte 0 cannot be read"),
    "a program": (b"print(1)", "the file is damaged or no notebook: "),
    "version 3": (json.dumps(V3).encode(), "the notebook is of version 3: open it in JupyterLab, save it"),
    "no object": (b"[]", "the file has no list of cells: it is no notebook of version 4"),
    "no cells": (b"{}", "the file has no list of cells"),
    "cells that are no list": (b'{"cells": {}}', "the file has no list of cells"),
    "too deep": (b"[" * 100_000 + b"]" * 100_000, "the file is nested too deeply to be a notebook"),
    "a number of many digits": (b'{"cells": ' + b"9" * 10_000 + b"}", "the file is damaged or no notebook: "),
    "too many cells": (written(*[code("")] * 501), "the notebook has 501 cells: at most 500 are read"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_unreadable(what):
    data, words = UNREADABLE[what]
    with pytest.raises(UnreadableNotebook) as caught:
        read(data)
    assert str(caught.value).startswith(words)


def test_too_many_bytes(monkeypatch):
    monkeypatch.setattr(submitted_notebook, "MOST_BYTES", len(written()))
    assert read(written()) == []
    with pytest.raises(UnreadableNotebook, match=r"the file has \d+ bytes: at most \d+ are read"):
        read(written() + b" ")


READABLE = {
    "text": (code("x = 1", "a"), Cell(1, "a", "x = 1")),
    "lines": (code(["x = 1\n", "y = 2"]), Cell(1, "", "x = 1\ny = 2")),
    "lines that are none": (code(["x = 1\n", None, 7, "y"]), Cell(1, "", "x = 1\ny")),
    "a source that is none": (code(7), Cell(1, "", "")),
    "no source": ({"cell_type": "code"}, Cell(1, "", "")),
    "half a character": (code("x = '\ud800'"), Cell(1, "", "x = '?'")),
    "metadata that are none": (code("x") | {"metadata": 7}, Cell(1, "", "x")),
    "nbgrader's that are none": (code("x") | {"metadata": {"nbgrader": []}}, Cell(1, "", "x")),
    "a name that is none": (code("x", ["a"]), Cell(1, "", "x")),
    "as long as may be": (code("#" * 100_000, "a"), Cell(1, "a", "#" * 100_000)),
}


@pytest.mark.parametrize("what", READABLE)
def test_readable(what):
    cell, wanted = READABLE[what]
    assert read(written(cell)) == [wanted]


def test_only_code_cells_are_counted():
    words = {"cell_type": "markdown", "source": "# x", "metadata": {"nbgrader": {"grade_id": "a"}}}
    assert [cell.number for cell in read(written(words, code("x"), None, "y", [], words, code("z")))] == [1, 2]


def test_a_mark_of_byte_order_is_no_fault():
    assert read(b"\xef\xbb\xbf" + written(code("x"))) == [Cell(1, "", "x")]


def test_a_cell_that_is_too_long_says_so_when_it_is_run():
    (cell,) = read(written(code("x = 1\n" * 20_000, "a")))
    assert cell.grade_id == "a"
    with pytest.raises(
        ValueError, match=r"this cell has 120,000 characters and was left out: at most 100,000 are read"
    ):
        exec(cell.source)


def _source():
    def one(grade_id, text, **role):
        cell = code(text, grade_id)
        cell["metadata"]["nbgrader"] |= {"grade": False, "solution": False, "locked": True} | role
        return cell

    tutor = one("tutor_f", 'tutor("f", hints=[])')
    tutor["metadata"]["tags"] = ["tutor"]
    cells = [
        one("setup", "import ctypes"),
        tutor,
        one("answer_f", "def f(): ...\ndef helps(): ...", solution=True, locked=False),
        one("check_f", 'grade("f", f, points=1)', grade=True, points=1),
        one("answer_g", "def g(): ...", solution=True, locked=False),
        one("check_g", 'grade("g", g, points=2)', grade=True, points=2),
    ]
    return source_of({"cells": cells}, "exercise")


SOURCE = _source()
GIVEN = (-1, "setup", "import ctypes")
F, G = "def f():\n    return 1", "def g():\n    return 2"
CHECK = 'grade("f", f, points=1)'

# what -> (the learner's cells, what of them is run after the given cell, the notes)
PAIRED = {
    "as it was handed out": (
        [code("import ctypes", "setup"), code('tutor("f", hints=[])', "tutor_f"), code(F, "answer_f"),
         code(CHECK, "check_f"), code(G, "answer_g"), code('grade("g", g, points=2)\n', "check_g")],
        [(3, "answer_f", F), (5, "answer_g", G)],
        [],
    ),
    "an answer is missing": (
        [code(G, "answer_g")],
        [(1, "answer_g", G)],
        ["the cell for f, helps is missing"],
    ),
    "cells have moved": (
        [code(G, "answer_g"), code("x = 1"), code(F, "answer_f"), code("import ctypes", "setup")],
        [(1, "answer_g", G), (2, "", "x = 1"), (3, "answer_f", F)],
        [],
    ),
    "an answer comes twice": (
        [code("def f(): pass", "answer_f"), code(F, "answer_f"), code(G, "answer_g")],
        [(1, "answer_f", "def f(): pass"), (2, "answer_f", F), (3, "answer_g", G)],
        ["answer_f is 2 cells: they were run in their order, as a kernel does"],
    ),
    "three times": (
        [code("1", "answer_f"), code("2", "answer_f"), code(F, "answer_f"), code(G, "answer_g")],
        [(1, "answer_f", "1"), (2, "answer_f", "2"), (3, "answer_f", F), (4, "answer_g", G)],
        ["answer_f is 3 cells: they were run in their order, as a kernel does"],
    ),
    "an answer was split in two": (
        [code(F, "answer_f"), code("def helps(): ...", "answer_f"), code(G, "answer_g")],
        [(1, "answer_f", F), (2, "answer_f", "def helps(): ..."), (3, "answer_g", G)],
        ["answer_f is 2 cells: they were run in their order, as a kernel does"],
    ),
    "all have lost their metadata": (
        [code("import ctypes"), code(F), code(CHECK), code('tutor("f", hints=[])'), code(G)],
        [(1, "", "import ctypes"), (2, "answer_f", F), (5, "answer_g", G)],
        ["code cell 2 (`def f():`) was taken for answer_f: it has lost its metadata",
         "code cell 5 (`def g():`) was taken for answer_g: it has lost its metadata"],
    ),
    "one of two functions is enough": (
        [code("def helps(): ..."), code(G, "answer_g")],
        [(1, "answer_f", "def helps(): ..."), (2, "answer_g", G)],
        ["code cell 1 (`def helps(): ...`) was taken for answer_f: it has lost its metadata"],
    ),
    "of two without metadata the last one": (
        [code(F), code(G, "answer_g"), code("f = g")],
        [(1, "", F), (2, "answer_g", G), (3, "answer_f", "f = g")],
        ["code cell 3 (`f = g`) was taken for answer_f: it has lost its metadata"],
    ),
    "an answer was tried elsewhere as well": (
        [code(F, "answer_f"), code("def f(): pass"), code(G, "answer_g")],
        [(1, "answer_f", F), (2, "", "def f(): pass"), (3, "answer_g", G)],
        [],
    ),
    "a name that nobody knows": (
        [code(F, "homework_1"), code(G, "answer_g")],
        [(1, "answer_f", F), (2, "answer_g", G)],
        ["homework_1 was taken for answer_f: it has lost its metadata"],
    ),
    "a check was changed": (
        [code(F, "answer_f"), code("1.0", "check_f"), code(G, "answer_g")],
        [(1, "answer_f", F), (3, "answer_g", G)],
        ["check_f was changed: the teacher's was used"],
    ),
    "given cells were changed, twice": (
        [code("import os", "setup"), code("exit()", "setup"), code(F, "answer_f"), code(G, "answer_g")],
        [(3, "answer_f", F), (4, "answer_g", G)],
        ["setup is 2 cells, and was changed: the teacher's was used"],
    ),
    "the answer is in the check": (
        [code("", "answer_f"), code(f"{F}\n{CHECK}", "check_f"), code(G, "answer_g")],
        [(1, "answer_f", ""), (3, "answer_g", G)],
        ["check_f was changed: the teacher's was used"],
    ),
    "an answer and its check are one cell": (
        [code(f"{F}\n{CHECK}", "answer_f"), code(G, "answer_g")],
        [(1, "answer_f", f"{F}\n{CHECK}"), (2, "answer_g", G)],
        [],
    ),
    "the same, beside what was there": (
        [code("", "answer_f"), code(f"{F}\n{CHECK}"), code(G, "answer_g")],
        [(1, "answer_f", ""), (2, "", f"{F}\n{CHECK}"), (3, "answer_g", G)],
        [],
    ),
    "both answers are in one cell": (
        [code(f"{F}\n{G}", "answer_f")],
        [(1, "answer_f", f"{F}\n{G}")],
        [],
    ),
    "a call of grade for nothing of ours": (
        [code(F, "answer_f"), code('grade("h", f)\ngrade()\nx.grade("f")'), code(G, "answer_g")],
        [(1, "answer_f", F), (2, "", 'grade("h", f)\ngrade()\nx.grade("f")'), (3, "answer_g", G)],
        [],
    ),
    "an answer that is no Python": (
        [code("def f(:", "answer_f"), code("def g(:")],
        [(1, "answer_f", "def f(:"), (2, "", "def g(:")],
        ["the cell for g is missing"],
    ),
    "nothing": ([], [], ["the cell for f, helps is missing", "the cell for g is missing"]),
}  # fmt: skip


@pytest.mark.parametrize("what", PAIRED)
def test_paired(what):
    cells, wanted, sentences = PAIRED[what]
    found, notes = steps(SOURCE, read(written(*cells)))
    kept = [(step.number, step.grade_id, step.source) for step in found if isinstance(step, Cell)]
    assert kept == [GIVEN, *wanted]
    assert notes == sentences
    checks = [step.grade_id for step in found if not isinstance(step, Cell)]
    assert sorted(checks) == ["check_f", "check_g"]


G_CHECK = 'grade("g", g, points=2)'
ANSWERED = [code(F, "answer_f"), code(CHECK, "check_f"), code(G, "answer_g"), code(G_CHECK, "check_g")]
# what -> (the learner's cells, the order in which cells are run, by number, and checks judged)
REACHED = {
    "as it was handed out": (ANSWERED, [1, "check_f", 3, "check_g"]),
    "something is tried after a check": (
        [*ANSWERED[:2], code("def f(): pass"), *ANSWERED[2:], code("def g(): pass")],
        [1, "check_f", 3, 4, "check_g", 6],
    ),
    "an answer was moved below its check": ([*ANSWERED[1:], ANSWERED[0]], [2, "check_g", 4, "check_f"]),
    "a check was copied and the answer bettered": (
        [code("f = 1", "answer_f"), ANSWERED[1], *ANSWERED],
        [1, 3, "check_f", 5, "check_g"],
    ),
    "a check is missing": (
        [ANSWERED[0], code("x = 1"), *ANSWERED[2:], code("y = 1")],
        [1, 2, "check_f", 3, "check_g", 5],
    ),
    "all checks are missing": (
        [ANSWERED[0], code("x = 1"), ANSWERED[2], code("y")],
        [1, 2, "check_f", 3, 4, "check_g"],
    ),
    "a check has lost its metadata": (
        [ANSWERED[0], code(CHECK), code("f = 1"), *ANSWERED[2:]],
        [1, "check_f", 3, 4, "check_g"],
    ),
    "nothing": ([], ["check_f", "check_g"]),
}  # fmt: skip


@pytest.mark.parametrize("what", REACHED)
def test_checks_are_judged_where_they_stand(what):
    cells, wanted = REACHED[what]
    found, _ = steps(SOURCE, read(written(*cells)))
    assert [step.number if isinstance(step, Cell) else step.grade_id for step in found[1:]] == wanted
