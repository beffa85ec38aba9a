"""Lay out a course for nbgrader from the solutions, for teachers who use nbgrader's own tools and gradebook.

Source: nbgrader's documentation, "Philosophy" (the folders of a course) and "Configuration options".
"""

import importlib.util
import json
import os
import pathlib
import shlex
import shutil
import sys

from shmlab.grading.classroom.self_test import STUB
from shmlab.grading.submissions.source_notebook import is_tutor, solutions_in

CONFIG = f"""\
# For nbgrader: exercises of shmlab. The gradebook is gradebook.db beside this file; there is no exchange.
import os
import pathlib
import sys

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor, TagRemovePreprocessor
from nbgrader.preprocessors import GetGrades

# nbgrader starts other programs (alembic, for its database) by their names.
os.environ["PATH"] = f"{{pathlib.Path(sys.executable).parent}}:{{os.environ['PATH']}}"

c = get_config()
c.CourseDirectory.course_id = "shmlab"
# The checks know these words, and say "not done yet".
c.ClearSolutions.code_stub = {{"python": {STUB!r}}}
# All that source/ has of outputs are the hints, and those are for learners.
c.GenerateAssignment.NotebookExporter.ClearOutput.enabled = False
# In feedback the code of a tutor cell is folded away: it holds all hints at once. Its output, the hints, stays.
c.GenerateFeedback.preprocessors = [GetGrades, CSSHTMLHeaderPreprocessor, TagRemovePreprocessor]
c.HTMLExporter.TagRemovePreprocessor.enabled = True
c.HTMLExporter.TagRemovePreprocessor.remove_input_tags = {{"tutor"}}
# Who is stopped by a clock gets 0 points: a busy machine must not do that. In seconds.
c.Execute.timeout = 300
c.Execute.startup_timeout = 300
c.Execute.iopub_timeout = 60
"""


def lay_out(folder, solutions, exercises=()):
    """Write a course to `folder` and return the paths: nbgrader_config.py, and source/NAME/NAME.ipynb per exercise.

    `solutions`: the folder of the solutions. `exercises`: the names of the wanted ones, or () for all. No existing
    file is overwritten: an identical configuration stays, any other file raises FileExistsError before anything is
    written. Raises ImportError without nbgrader, FileNotFoundError without solutions, ValueError for an unknown
    exercise.
    """
    if importlib.util.find_spec("nbgrader") is None:
        raise ImportError("a course is worked with by nbgrader, which is missing: pip install 'shmlab[teach]'")
    available = solutions_in(solutions)
    folder = pathlib.Path(folder)
    if unknown := sorted(set(exercises) - set(available)):
        raise ValueError(f"{solutions} has no {', '.join(unknown)}: there is {', '.join(available)}")
    texts = {folder / "nbgrader_config.py": CONFIG}
    for stem in exercises or available:
        texts[folder / "source" / stem / f"{stem}.ipynb"] = _for_course(available[stem])
    _write_new(texts, folder)
    return list(texts)


def _for_course(data):
    """Return the text of a source notebook, made from a solution's bytes: without outputs, except for the hints."""
    notebook = json.loads(data)
    notebook["metadata"].pop("shmlab", None)  # it says which code made the outputs, which are removed
    for cell in notebook["cells"]:
        cell["metadata"].pop("execution", None)
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
            cell["outputs"] = cell["outputs"] if is_tutor(cell) else []
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _write_new(texts, folder):
    """Write files, path -> text. Raises FileExistsError before anything is written if one exists."""
    config = folder / "nbgrader_config.py"
    if config.is_file() and config.read_text(encoding="utf-8") == texts[config]:
        del texts[config]  # a course made by shmlab, which gets another exercise
    taken = [str(path) for path in texts if os.path.lexists(path)]
    if taken:
        raise FileExistsError(
            f"{', '.join(taken)}: {'these are' if len(taken) > 1 else 'this is'} there already, and nothing was "
            "written: give another folder, or move away what is to be made anew"
        )
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)


def next_steps(folder, exercises=()):
    """Return the commands to type next, as lines for a shell."""
    nbgrader = _program("nbgrader")
    names = exercises or ("'*'",)
    steps = {
        "generate_assignment": "makes release/: hand it out",
        "autograde": "when submitted/LEARNER/EXERCISE/EXERCISE.ipynb are there",
        "generate_feedback": "makes feedback/",
    }
    lines = [f"cd {shlex.quote(str(folder))}"]
    lines += [f"{nbgrader} {verb} {name}  # {comment}" for verb, comment in steps.items() for name in names]
    return [*lines, f"{nbgrader} export  # makes grades.csv"]


def _program(name):
    """Return how a shell calls a program of this Python's environment: its name if that finds it, else its path."""
    mine = pathlib.Path(sys.executable).with_name(name)
    found = shutil.which(name)
    return shlex.quote(str(mine)) if mine.exists() and not (found and mine.samefile(found)) else name
