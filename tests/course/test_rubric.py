"""The rubric of the capstone gives each part of a check the points that it has."""

import re

import pytest
from graded import ROOT, source

STEM = "19_message_queue"
PAGE = (ROOT / "docs" / "rubric_of_the_capstone.md").read_text()
ROWS = re.findall(r"^\|(?: \d [^|]*| )\| ([^|]+) \| ([\d.]+) \|", PAGE, re.MULTILINE)
CHECKS = {check.item: check.text[check.text.index("\ngrade(") :] for check in source(STEM).of_role("check")}


def points(text):
    """The points of each part of a check."""
    parts = re.split(r"\bholds\(", text)[1:]
    weights = [float((re.findall(r"weight=([\d.]+)", part) or [1])[0]) for part in parts]
    (whole,) = re.findall(r"points=([\d.]+),?\s*\)\s*$", text)
    return [round(float(whole) * weight / sum(weights), 2) for weight in weights]


@pytest.mark.parametrize("item", CHECKS)
def test_each_part_has_a_row_with_its_points(item):
    before = sum(len(points(text)) for text in list(CHECKS.values())[: list(CHECKS).index(item)])
    mine = points(CHECKS[item])
    assert [float(given) for _, given in ROWS[before : before + len(mine)]] == mine


def test_there_is_no_other_row():
    assert len(ROWS) == sum(len(points(text)) for text in CHECKS.values())
