"""Magics that only measure are left out of what is graded, and no line gets another number."""

import pytest

from shmlab.grading.submissions.magics import keep_empty_lines, python_of, without_timing

LEFT_OUT = {
    "over a cell": ("%%time\nx = 1", "\nx = 1"),
    "over a cell, below an empty line": ("\n%%timeit -n 3\nx = 1", "\n\nx = 1"),
    "captured": ("%%capture out\nprint(1)", "\nprint(1)"),
    "one line, repeated": ("def f():\n    %timeit g()\n    return 1", "def f():\n    pass\n    return 1"),
    "one line, timed": ("%time x = 1", "x = 1"),
    "another magic stays": ("%matplotlib inline\nx = 1", "%matplotlib inline\nx = 1"),
    "what is no Python stays": ("%%bash\n%time ls", "%%bash\n%time ls"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_is_left_out(what):
    text, wanted = LEFT_OUT[what]
    assert without_timing(text) == wanted
    assert text.count("\n") == wanted.count("\n")


def test_other_magics_become_python():
    assert "run_line_magic('matplotlib', 'inline')" in python_of("%matplotlib inline\nx = 1")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("\n\nx = 1\n", "\n\nx = 1\n"),
        ("\n  x = 1\n  y = 2\n", "\nx = 1\ny = 2\n"),
        ("\n%%writefile a\nx\n", "get_ipython().run_cell_magic('writefile', 'a', 'x\\n')\n"),
    ],
)
def test_empty_lines_on_top_are_kept(text, wanted):
    from IPython.core.inputtransformer2 import TransformerManager

    manager = TransformerManager()
    keep_empty_lines(manager)
    assert manager.transform_cell(text) == wanted
