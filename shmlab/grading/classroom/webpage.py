"""Make pages that are complete in one file: they fetch and run nothing, and can be printed.

They are made from `templates/`, which escape every value except markupsafe's Markup.
"""

import functools
import re

from shmlab.base import templates

_NUMBER = re.compile(r"[\d.]*( %|\*)?|[–?]")


def render(template, **values):
    """Return a page as text. `template`: the name of a file in `templates/`. `values`: the template's variables."""
    return environment().get_template(template).render(values)


@functools.cache
def environment():
    """Return jinja2's Environment for our templates."""
    created = templates.environment("shmlab.grading.classroom")
    created.globals["numbers_in"] = _numbers_in
    return created


def _numbers_in(table):
    """Return, for each column of a Table, whether all its cells are numbers."""
    return [all(_NUMBER.fullmatch(cell) for cell in cells) for cells in zip(*table.rows, strict=True)]
