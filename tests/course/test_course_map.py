"""The map of the course and a learner's progress: what it says of lessons is true of them; checks record themselves."""

import json
import os
import pathlib
import re
import subprocess
import sys

import click.testing
import nbclient
import nbformat
import pytest
from graded import ITEMS, graded, solved, source, submission

from shmlab import plot
from shmlab.cli import main
from shmlab.course import course_map, progress
from shmlab.course.course_map import CourseMap
from shmlab.course.lessons import BY_STEM, LESSONS

ROOT = pathlib.Path(__file__).parents[2]
STEMS = [lesson.stem for lesson in LESSONS]


@pytest.fixture(autouse=True)
def own_record(monkeypatch, tmp_path):
    """A learner of this test's own, who has done nothing so far."""
    monkeypatch.setenv("SHMLAB_STATE", str(tmp_path))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    return tmp_path / "progress.json"


def text_of(stem):
    notebook = json.loads((ROOT / "notebooks" / f"{stem}.ipynb").read_text())
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")


def test_every_lesson_is_on_the_map():
    assert sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb")) == STEMS
    assert {(lesson.stem, item) for lesson in LESSONS for item in lesson.items} == set(ITEMS)


@pytest.mark.parametrize("stem", STEMS)
def test_the_map_says_what_the_lesson_says(stem):
    lesson, text = BY_STEM[stem], text_of(stem)
    assert text.startswith(f"# {lesson.question}\n")
    assert int(re.search(r"\*\*Time:\*\* (\d+) minutes", text)[1]) == lesson.minutes
    known = re.search(r"\*\*Know first:\*\*(.*?)\*\*Time", text, re.DOTALL)[1]
    assert {int(number) for number in re.findall(r"\b(\d\d)\b", known)} == set(lesson.needs)
    assert all(number < lesson.number for number in lesson.needs)


@pytest.mark.parametrize("stem", STEMS)
def test_the_map_has_the_points_of_the_items(stem):
    assert BY_STEM[stem].points == 10
    for check in source(stem).of_role("check"):
        points = re.findall(r"points=([\d.]+),?\n?\s*\)\s*$", check.text.strip())
        assert not points or int(points[0]) == BY_STEM[stem].items[check.item]


def test_the_best_result_stays(own_record):
    progress.record("05_lost_updates", "reserve", 2.0)
    progress.record("05_lost_updates", "reserve", 1.0)
    progress.record("05_lost_updates", "worst_schedule", 3.0)
    assert progress.read() == {"05_lost_updates": {"reserve": 2.0, "worst_schedule": 3.0}}
    assert os.listdir(own_record.parent).count("progress.json") == 1
    assert not [name for name in os.listdir(own_record.parent) if name.startswith(".progress-") and "lock" not in name]


def test_two_kernels_at_once_lose_nothing(own_record):
    code = (
        "import sys; from shmlab.course import progress; from shmlab.course.lessons import LESSONS\n"
        "for lesson in LESSONS[int(sys.argv[1])::2]:\n"
        "    for item, points in lesson.items.items(): progress.record(lesson.stem, item, points)\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(first)]) for first in (0, 1)]
    assert [one.wait() for one in both] == [0, 0]
    assert course_map().points == course_map().most


def test_where_to_go_on_is_the_first_item_that_lacks_points():
    assert course_map().next.stem == STEMS[0]
    for item, points in LESSONS[0].items.items():
        progress.record(STEMS[0], item, points)
    progress.record(STEMS[1], "ask_child", 1.0)
    course = course_map()
    assert (course.next.stem, course.left(course.next)) == (STEMS[1], list(LESSONS[1].items))
    assert "go on with 01_processes_share_nothing: ask_child, shared_mappings" in course.caption


def test_who_has_done_all_is_told_so():
    course = CourseMap(LESSONS, {lesson.stem: dict(lesson.items) for lesson in LESSONS})
    assert course.caption.endswith("the course is done")
    assert "the course is done" in plot(course).axes[0].get_title(loc="left")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"version": 2, "best": {}}', '{"version": 1, "best": []}'])
def test_a_damaged_record_is_told_and_stays(own_record, text):
    own_record.write_text(text)
    for use in (course_map, lambda: progress.record(STEMS[0], "add_three", 6.0)):
        with pytest.raises(ValueError, match="move it away, and a new one is begun"):
            use()
    assert own_record.read_text() == text


def test_what_is_not_of_this_course_is_left_out(own_record):
    strange = {
        "05_lost_updates": {"reserve": {"points": 99}, "unknown": {"points": 1}},
        "99_other": {"x": {"points": 1}},
    }
    own_record.write_text(json.dumps({"version": 1, "best": strange}))
    assert progress.read() == {}


def run_notebook(stem, answers, item, environment=None):
    """Run an exercise up to the check of `item`, as JupyterLab would; return what the check shows."""
    notebook = nbformat.reads(submission(stem, solved(stem, **answers)).data.decode(), as_version=4)
    last = next(at for at, cell in enumerate(notebook.cells) if f'grade(\n    "{item}"' in cell.source)
    notebook.cells = notebook.cells[: last + 1]
    client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT / "exercises")}})
    with client.setup_kernel(env=os.environ | (environment or {})):
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
    return "".join(output.get("data", {}).get("text/plain", "") for output in notebook.cells[-1].outputs)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq.*", "ignore::RuntimeWarning:zmq.*")
def test_a_check_in_a_notebook_records_its_result(own_record):
    run_notebook("12_debugging", {}, "memory_used")
    assert progress.read() == {"12_debugging": {"find_leaks": 4.0, "memory_used": 3.0}}


@pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq.*", "ignore::RuntimeWarning:zmq.*")
def test_nbgrader_records_nothing(own_record):
    run_notebook("00_start_here", {}, "final_values", {"NBGRADER_EXECUTION": "autograde"})
    assert not own_record.exists()


def test_a_grader_records_nothing(own_record):
    assert graded("00_start_here", "final_values").score == 4
    assert not own_record.exists()


@pytest.mark.parametrize(
    ("known", "path", "stem"),
    [
        (("reserve", "find_leaks"), "", "12_debugging"),
        (("reserve", "worst_schedule"), "", "05_lost_updates"),
        (("reserve",), "exercises/12_debugging.ipynb", "12_debugging"),
        (("reserve",), "exercises/homework.ipynb", None),
        (("unknown",), "", None),
    ],
)
def test_two_items_of_one_name_are_told_apart(monkeypatch, known, path, stem):
    monkeypatch.setenv("JPY_SESSION_NAME", path)
    lesson = progress._lesson(known[0], known)
    assert (lesson and lesson.stem) == stem


def shmlab(*arguments):
    return click.testing.CliRunner().invoke(main.main, ["progress", *arguments])


def test_the_command_shows_the_map_and_the_file(own_record):
    progress.record(STEMS[0], "add_three", 6.0)
    shown = shmlab().output
    assert "6 of" in shown.splitlines()[0]
    assert all(stem in shown for stem in STEMS)
    assert f"Kept in {own_record}." in shown
    told = json.loads(shmlab("--json").output)
    assert (told["reached"], told["next"]) == (6.0, STEMS[0])


def test_the_command_names_a_damaged_record(own_record):
    own_record.write_text("{")
    done = shmlab()
    assert done.exit_code == 1
    assert str(own_record) in done.output


def test_the_picture_has_a_box_for_each_lesson_and_the_table_is_its_text():
    figure = plot(course_map())
    texts = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert all(f"{lesson.number:02}" in texts for lesson in LESSONS)
    assert figure.get_label() == str(course_map().table())
