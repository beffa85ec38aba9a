"""The table of what is exercised: each item in it is graded, each passage is in its lesson, and none is left out."""

import json
import re

import pytest
from graded import ITEMS, ROOT

TABLE = ROOT / "exercises" / "what_is_exercised.md"
ROWS = [line.strip("| ").split(" | ") for line in TABLE.read_text().splitlines() if line.startswith("| ")][1:]
SUBJECT = (  # how the line begins that stands for each line of the subject
    "**Definition.**",
    "Nothing needs to be copied",
    "**Key characteristics.** They read and write it directly",
    "It is fast, beside pipes and queues",
    "It needs synchronization",
    "Segments persist",
    "**Synchronization.** Mutexes",
    "Semaphores",
    "Spinlocks",
    "Memory barriers",
    "**Memory management.** Segments are created and destroyed",
    "Memory is watched",
    "There are limits",
    "**Security.** Whoever has the permission has access",
    "Sensitive data",
    "**Best practices.** Check for errors",
    "Names that mean something",
    "Clean up",
    "Document the structure",
    "**System calls.** `shmget`",
    "`shmat`",
    "`shmdt`",
    "`shmctl`",
    "**Use cases.** Data shared at high speed",
    "Data processed in real time",
    "High-frequency trading",
    "Shared caches",
    "Database systems",
    "**Limitations.** Synchronization takes care",
    "No message passing",
    "Memory is managed by hand",
    "The system's resources are limited",
    "**Debugging.** `ipcs` lists",
    "`ipcrm` removes",
    "The system's tools watch memory",
    "Handle errors, and log them",
    "**References.** The POSIX calls",
    "The System V calls",
    "The operating system's documentation",
    "Guides to good practice",
)


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
    _, shown, graded = row
    links = re.findall(r"notebooks/(\w+)\.ipynb#([^)]+)\)", shown)
    assert links
    for stem, heading in links:
        assert heading in headings(stem), heading
    assert items(graded)
    assert set(items(graded)) <= set(ITEMS)


@pytest.mark.parametrize("beginning", SUBJECT)
def test_each_line_of_the_subject_stands_once(beginning):
    assert [row[0].startswith(beginning) for row in ROWS].count(True) == 1


def test_no_other_line_stands_there():
    assert len(ROWS) == len(SUBJECT)


def test_each_graded_item_carries_a_line():
    carried = {one for row in ROWS for one in items(row[-1])}
    assert carried == set(ITEMS)
