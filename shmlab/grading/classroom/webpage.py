"""Pages that stand alone: nothing in them is fetched or run, and they can be read on paper.

They are made from `templates/`, where whatever is put in is escaped, unless it is markupsafe's Markup.
"""

import functools
import re

import jinja2

_NUMBER = re.compile(r"[\d.]*( %|\*)?|[–?]")


def rendered(template, **values):
    """Return a page as text. `template`: the name of a file in `templates/`; `values`: what its names stand for."""
    return environment().get_template(template).render(values)


@functools.cache
def environment():
    """Return jinja2's Environment of our templates."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("shmlab.grading.classroom"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["numbers_in"] = _numbers_in
    return made


def _numbers_in(table):
    """Return for each column of a Table whether all its cells are numbers."""
    return [all(_NUMBER.fullmatch(cell) for cell in cells) for cells in zip(*table.rows, strict=True)]
