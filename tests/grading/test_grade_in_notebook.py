"""A check in a notebook: which cells it judged, and what it says last."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

CHECK = """
from shmlab.grading import answers, grade, tutor
grade("two", answers("2", lambda: double(2), 4, called="double(2)"), points=2)
"""


@pytest.fixture
def shell(capsys):
    """Runs a cell; returns what it printed."""
    made = InteractiveShell.instance()
    made.user_ns["__name__"] = "__main__"

    def run(code):
        made.run_cell(code, store_history=True)
        return capsys.readouterr().out

    yield run
    InteractiveShell.clear_instance()


def test_a_check_says_which_cell_it_judged_and_its_headline_last(shell):
    shell("def double(n):\n    return 2 * n")
    lines = shell(CHECK).splitlines()
    headline = "✓ two: right, 2 of 2 points"
    assert lines[0] == headline
    assert "  Judged: double, as run in cell [1]." in lines
    assert headline in lines[-2:]


def test_what_the_exercise_defines_is_not_said_to_be_judged(shell):
    shell("# Hints and explanations: run me, and leave me folded.\ndef four(n):\n    return 4")
    shell("def double(n):\n    return 2 * n")
    assert "  Judged: double, as run in cell [2]." in shell(CHECK.replace("4, called", "four(2), called")).splitlines()


def test_an_answer_that_a_later_cell_failed_to_define_is_said_to_be_the_older_one(shell):
    shell("def double(n):\n    return 2 * n")
    shell("def double(n)\n    return n")
    lines = shell(CHECK).splitlines()
    assert lines[1] == "  Judged: double, as run in cell [1] (cell [2] did not define it: look at the error there)."


def test_a_wrong_answer_without_its_tutor_is_told_of_the_folded_cell(shell):
    shell("def double(n):\n    return n")
    assert "Run the cell of hints and explanations above" in shell(CHECK)
    shell("from shmlab.grading import tutor\ntutor('two', hints=['a', 'b', 'c'])")
    assert "Run the cell of hints and explanations above" not in shell(CHECK)


CHECK_WITH_A_HELPER = f"# The check\n{CHECK}\n\ndef half(n):\n    return 0\n"
ANSWER = "def half(n):\n    return n / 2\n\n\ndef double(n):\n    return int(4 * half(n))\n"


@pytest.mark.parametrize(
    ("answer", "told"), [(ANSWER, True), (ANSWER.replace("half", "middle"), False), ("half = 1\n" + ANSWER, True)]
)
def test_a_name_that_the_check_defines_too_is_said(shell, answer, told):
    shell("# Hints and explanations: run me, and leave me folded.\nthird = 3")
    shell(answer)
    said = shell(CHECK_WITH_A_HELPER)
    assert ("both define half, and the later one counts" in said) == told


def test_a_name_that_a_tutor_cell_defines_too_is_said(shell):
    shell("# Hints and explanations: run me, and leave me folded.\ndef middle(n):\n    return 1")
    shell(ANSWER.replace("half", "middle"))
    assert "both define middle" in shell(CHECK)
