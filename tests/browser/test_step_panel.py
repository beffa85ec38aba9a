"""The step panel in a real JupyterLab: a lost update played by mouse and by keyboard, taken back, and shown."""

import json
import re
import urllib.parse
import urllib.request

import pytest

sync_api = pytest.importorskip("playwright.sync_api")

from test_lessons import lab, open_lesson, page, run_all  # noqa: E402, F401 (the browser's fixtures)

pytestmark = pytest.mark.browser
RUN_MS = 60_000
INCREMENT = """\
from shmlab import Program, step

def increment(shm):
    shm.counter += 1

program = Program(
    increment, processes=2,
    shared={"counter": 0},
    invariant=lambda shm: shm.counter == 2,
)
step(program)"""


def upload(lab, name, source):  # noqa: F811
    """Put a notebook of one cell where JupyterLab at the address `lab` finds it."""
    address = urllib.parse.urlsplit(lab)
    token = urllib.parse.parse_qs(address.query)["token"][0]
    cell = {"cell_type": "code", "id": "step", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    request = urllib.request.Request(
        f"http://{address.netloc}/api/contents/{name}",
        data=json.dumps({"type": "notebook", "content": notebook}).encode(),
        headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status in (200, 201)  # 200: in place of one of the same name


@pytest.fixture
def panel(page, lab):  # noqa: F811
    """The panel of two increments, drawn."""
    name = "step_panel.ipynb"
    upload(lab, name, INCREMENT)
    open_lesson(page, lab, name)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=RUN_MS)  # what runs before that is not run
    run_all(page)
    output = page.locator(".jp-OutputArea-output").last
    output.get_by_role("button", name="Undo").wait_for(timeout=RUN_MS)
    return output


def says(panel, words):
    """Wait until the status says this."""
    sync_api.expect(panel.locator("[aria-live]")).to_contain_text(words, timeout=RUN_MS)


def turn(panel, words):
    return panel.get_by_role("button", name=words, exact=True)


def test_a_lost_update_is_played_by_mouse(panel):
    says(panel, "Choose who goes next: P0 or P1.")
    for words, said in [
        ("P0: load counter", "Step 1: P0: load counter → 0"),
        ("P1: load counter", "Step 2: P1: load counter → 0"),
        ("P0: store counter ← 1", "Step 3: P0: store counter ← 1"),
        ("P1: store counter ← 1", "Step 4: P1: store counter ← 1"),
    ]:
        turn(panel, words).click()
        says(panel, said)
    says(panel, "fails, invariant (lost update)")
    says(panel, "counter = 1")
    assert panel.locator("[role=alert]").count() == 1
    for button in panel.get_by_role("button", name=re.compile("^P. ?: ended")).all():
        assert button.is_disabled()

    panel.get_by_role("button", name="Undo").click()
    says(panel, "Step 3: P0: store counter ← 1")
    sync_api.expect(turn(panel, "P1: store counter ← 1")).to_be_enabled()
    panel.get_by_role("button", name="Reset").click()
    says(panel, "No step yet")
    panel.get_by_role("button", name="Show me a failing schedule").click()
    says(panel, "counter = 1")
    sync_api.expect(panel.get_by_role("region", name="Timeline").get_by_role("row")).to_have_count(6)


def test_a_lost_update_is_played_by_keyboard_alone(panel, page):  # noqa: F811
    first = turn(panel, "P0: load counter")
    first.focus()
    page.keyboard.press("Space")
    says(panel, "Step 1: P0: load counter → 0")
    sync_api.expect(turn(panel, "P0: store counter ← 1")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    says(panel, "Step 2: P1: load counter → 0")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    says(panel, "Step 3: P0: store counter ← 1")
    sync_api.expect(turn(panel, "P1: store counter ← 1")).to_be_focused()  # as P0 can go no further
    page.keyboard.press("Space")
    says(panel, "counter = 1")
    undo = panel.get_by_role("button", name="Undo")
    sync_api.expect(undo).to_be_focused()
    for left in (3, 2, 1):
        page.keyboard.press("Space")
        says(panel, f"Step {left}:")
        sync_api.expect(undo).to_be_focused()
    page.keyboard.press("Space")
    says(panel, "No step yet")
    sync_api.expect(first).to_be_focused()
