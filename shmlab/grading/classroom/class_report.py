"""The class on one page: who handed in what, how each exercise went, what needs the teacher."""

import dataclasses
import html
import os
import pathlib
import urllib.parse

from shmlab.grading.classroom import class_charts, reports, tables, webpage
from shmlab.grading.classroom.grade_table import write


@dataclasses.dataclass(frozen=True)
class Heading:
    """What stands above a report. `course`: its name, or "". `facts`: sentences, as the date and the seed. `warnings`:
    sentences that must not be overlooked."""

    course: str = ""
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def write_report(graded, path, heading, pages=None):
    """Write the class report of some Rows. `heading`: a Heading. `pages`: the folder of the learners' pages, which the
    names then lead to, or None. Raises OSError."""
    links = _links(graded, path, pages) if pages else {}
    body = [*_above(heading), *_body(graded, links)]
    write(path, webpage.page(f"{heading.course}: the class" if heading.course else "The class", "\n".join(body)))


def _links(graded, path, pages):
    """learner -> where their page is, as seen from the report; those who handed in nothing have none."""
    way = os.path.relpath(pathlib.Path(pages).resolve(), pathlib.Path(path).resolve().parent)
    here = {row.learner for row in graded if not row.absent}
    return {
        learner: "/".join(map(urllib.parse.quote, (*pathlib.PurePath(way).parts, reports.page_name(learner))))
        for learner in here
    }


def _above(heading):
    if heading.facts:
        yield f"<p>{html.escape(' '.join(heading.facts))}</p>"
    for warning in heading.warnings:
        yield f'<p class="warning"><strong>{html.escape(warning)}</strong></p>'


def _body(graded, links):
    if not graded:
        yield "<p>Nothing was handed in.</p>"
        return
    learners = {row.learner for row in graded}
    notebooks = sum(not row.absent for row in graded)
    yield f"<p>{tables.counted(len(learners), 'learner')}, {tables.counted(notebooks, 'notebook')}.</p>"
    yield webpage.table(tables.overview(graded))
    remarks = tables.remarks(graded)
    if remarks.rows:
        yield f"<h2>{html.escape(remarks.caption)}</h2>{webpage.table(remarks, links)}"
    for exercise, mine in tables.by(tables.exercise_of, graded).items():
        yield f"<h2>{html.escape(exercise)}</h2>"
        yield from _about(mine, links)
    yield f"<h2>Scores</h2>{webpage.table(tables.scores(graded), links)}"


def _about(mine, links):
    """How one exercise went, as parts of a page."""
    for table, draw, otherwise in (
        (tables.distribution(mine), class_charts.distribution, "None of the notebooks was judged in full."),
        (tables.misconceptions(mine, who=True), class_charts.shares, "No misconception that has a name showed."),
        (tables.items(mine), None, ""),
    ):
        if table.rows:
            yield f"<h3>{html.escape(table.caption)}</h3>{class_charts.embedded(draw(table)) if draw else ''}"
            yield webpage.table(
                dataclasses.replace(table, headings=table.headings[1:], rows=[row[1:] for row in table.rows])
            )
        elif otherwise:
            yield f"<p>{otherwise}</p>"
    table = tables.points(mine)
    if len(table.headings) > 2:
        yield f"<h3>{html.escape(table.caption)}</h3>{webpage.table(table, links)}"
