"""Grade each notebook of the sample class by nbgrader and by a Judge, in turn."""

import json
import os
import shutil
import sys
import warnings

from graded import ROOT
from measured import in_words, judged, ratios, spread, timed
from sample import FOLDER
from tqdm import tqdm

from shmlab.base.table import Table
from shmlab.grading.authoring import course
from shmlab.grading.classroom.judge import Judge
from shmlab.grading.submissions.find import find
from shmlab.grading.submissions.source_notebook import solutions_in, source_of

GOAL = 50


def table(folder, _jobs):
    """Lay out a course in `folder`, grade it by both, and return a Table of the times."""
    autograde, scores = _nbgrader(folder)
    theirs, ours = [], []
    solutions = solutions_in(ROOT / "solutions")
    entries = find([FOLDER], {stem: source_of(json.loads(data), stem) for stem, data in solutions.items()})
    with Judge(solutions) as judge:
        judge.judge(entries[0].submission())  # both are warm before the clock counts
        autograde(entries[0])
        for entry in tqdm(entries, unit="notebook", leave=False):
            seconds, _ = timed(lambda entry=entry: autograde(entry))
            theirs.append(seconds)
            seconds, result = timed(lambda entry=entry: judge.judge(entry.submission()))
            ours.append(seconds)
            _verify(entry, result, scores(entry))
    times = ratios(theirs, ours)
    rows = [
        ("nbgrader's autograde, seconds a notebook", *spread(theirs)),
        ("shmlab, seconds a notebook", *spread(ours)),
        ("times as fast", *spread(times)),
    ]
    in_all = f"{len(entries)} notebooks, {in_words(sum(theirs))} s and {in_words(sum(ours))} s"
    note = f"{in_all}; {judged(times, GOAL, 'times')}"
    return Table("One notebook after the other, one process each", ("what", "median", "lowest – highest"), rows, note)


def _verify(entry, result, expected):
    got = {item.name: item.score for item in result.items}
    if got != expected:
        raise RuntimeError(f"{entry.path}: nbgrader gives {expected}, shmlab {got}")


def _nbgrader(folder):
    """Lay out a course in `folder`; return two functions of an Entry: one autogrades it, one returns its scores."""
    warnings.simplefilter("ignore")  # warnings of nbgrader and its libraries
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import PyFileConfigLoader

    course.lay_out(folder, ROOT / "solutions")
    shutil.copytree(FOLDER, folder / "submitted")
    os.environ["PATH"] = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    config = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    config.CourseDirectory.root = str(folder)
    api = NbGraderAPI(config=config)
    for made in (folder / "source").iterdir():
        _succeeded(api.generate_assignment(made.name))

    def autograde(entry):
        _succeeded(api.autograde(entry.exercise, entry.learner, force=True))

    def scores(entry):
        with Gradebook(f"sqlite:///{folder}/gradebook.db", "shmlab") as book:
            one = book.find_submission_notebook(entry.exercise, entry.exercise, entry.learner)
            return {grade.name.removeprefix("check_"): grade.score for grade in one.grades}

    return autograde, scores


def _succeeded(answer):
    if not answer["success"]:
        raise RuntimeError(answer.get("error") or answer["log"])
