"""The table of what is exercised: each item in it is graded, each passage is in its lesson, and none is left out."""

import json
import re

import pytest
from graded import ITEMS, ROOT

TABLE = ROOT / "exercises" / "what_is_exercised.md"
ROWS = [line.strip("| ").split(" | ") for line in TABLE.read_text().splitlines() if line.startswith("| ")][1:]
# These are said, exercised and graded by what the issue of the first lessons asks for.
LATER = ("Spinlocks", "Memory barriers", "**Debugging.** `ipcs` and `ipcrm`")


def items(cell):
    """(stem, item) of each one in a cell: the link to a notebook, then the items in it."""
    stem, found = "", []
    for link, item in re.findall(r"\((\w+)\.ipynb\)|`(\w+)`", cell):
        stem = link or stem
        if item:
            found.append((stem, item))
    return found


def headings(stem):
    """The headings of a lesson as JupyterLab's links name them."""
    notebook = json.loads((ROOT / "notebooks" / f"{stem}.ipynb").read_text())
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return {heading.replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_line_is_shown_and_graded(row):
    said, shown, graded = (*row, "", "")[:3]
    if said.startswith(LATER):
        return
    links = re.findall(r"notebooks/(\w+)\.ipynb#([^)]+)\)", shown)
    assert links
    for stem, heading in links:
        assert heading in headings(stem), heading
    assert items(graded)
    assert set(items(graded)) <= set(ITEMS)


def test_each_graded_item_carries_a_line():
    carried = {one for row in ROWS for one in items(row[-1])}
    assert carried == set(ITEMS)
