"""Write one page about a class: who handed in what, how each exercise went, what needs the teacher."""

import dataclasses
import os
import pathlib
import urllib.parse

from shmlab.base.plurals import counted
from shmlab.grading.classroom import class_charts, reports, tables, webpage
from shmlab.grading.classroom.grade_table import write


@dataclasses.dataclass(frozen=True)
class Heading:
    """Hold the top of a report.

    `course`: its name, or "". `facts`: sentences, for instance about the date and the seed. `warnings`: sentences that
    nobody may overlook.
    """

    course: str = ""
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def write_report(graded, path, heading, pages=None):
    """Write the class report of some Rows. Raises OSError.

    `heading`: a Heading. `pages`: the folder of the learners' pages, to which their names become links, or None.
    """
    links = _links(graded, path, pages) if pages else {}
    title = f"{heading.course}: the class" if heading.course else "The class"
    above = {"title": title, "facts": heading.facts, "warnings": heading.warnings}
    write(path, webpage.render("class.html", **above, **_body(graded), links=links))


def _links(graded, path, pages):
    """Return learner -> the link from the report to their page, without learners who handed in nothing."""
    folder = os.path.relpath(pathlib.Path(pages).resolve(), pathlib.Path(path).resolve().parent)
    learners = {row.learner for row in graded if not row.absent}
    return {
        learner: "/".join(map(urllib.parse.quote, (*pathlib.PurePath(folder).parts, reports.page_name(learner))))
        for learner in learners
    }


def _body(graded):
    """Return the values for the template about a class."""
    if not graded:
        return {"counted": ""}
    learners = {row.learner for row in graded}
    notebooks = sum(not row.absent for row in graded)
    return {
        "counted": f"{counted(len(learners), 'learner')}, {counted(notebooks, 'notebook')}.",
        "overview": tables.overview(graded),
        "remarks": tables.remarks(graded),
        "exercises": [
            {"heading": exercise, "parts": list(_parts(mine))}
            for exercise, mine in tables.by(tables.exercise_of, graded).items()
        ],
        "scores": tables.scores(graded),
    }


def _parts(mine):
    """Yield the tables about one exercise, some with a picture above, or a sentence in their place."""
    for table, draw, otherwise in (
        (tables.distribution(mine), class_charts.distribution, "None of the notebooks was judged in full."),
        (tables.misconceptions(mine, who=True), class_charts.shares, "No misconception that has a name showed."),
        (tables.items(mine), None, ""),
    ):
        picture = class_charts.embedded(draw(table)) if draw and table.rows else ""
        without = dataclasses.replace(table, headings=table.headings[1:], rows=[row[1:] for row in table.rows])
        yield {"table": without, "picture": picture, "otherwise": otherwise}
    points = tables.points(mine)
    if len(points.headings) > 2:
        yield {"table": points, "picture": "", "otherwise": ""}
