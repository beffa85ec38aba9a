"""The step panel in a real JupyterLab: a lost update played by mouse and by keyboard, taken back, and shown."""

import re

import pytest
from jupyterlab_page import expect

pytestmark = pytest.mark.browser
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


@pytest.fixture
def panel(notebook):
    """The panel of two increments, drawn."""
    opened = notebook("step_panel.ipynb", INCREMENT)
    opened.run_all()
    output = opened.page.locator(".jp-OutputArea-output").last
    output.get_by_role("button", name="Undo").wait_for()
    return output


def says(panel, words):
    """Wait until the status says this."""
    expect(panel.locator("[aria-live]")).to_contain_text(words)


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
    expect(turn(panel, "P1: store counter ← 1")).to_be_enabled()
    panel.get_by_role("button", name="Reset").click()
    says(panel, "No step yet")
    panel.get_by_role("button", name="Show me a failing schedule").click()
    says(panel, "counter = 1")
    expect(panel.get_by_role("region", name="Timeline").get_by_role("row")).to_have_count(6)


def test_a_lost_update_is_played_by_keyboard_alone(panel, page):
    first = turn(panel, "P0: load counter")
    first.focus()
    page.keyboard.press("Space")
    says(panel, "Step 1: P0: load counter → 0")
    expect(turn(panel, "P0: store counter ← 1")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    says(panel, "Step 2: P1: load counter → 0")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    says(panel, "Step 3: P0: store counter ← 1")
    expect(turn(panel, "P1: store counter ← 1")).to_be_focused()  # as P0 can go no further
    page.keyboard.press("Space")
    says(panel, "counter = 1")
    undo = panel.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    for left in (3, 2, 1):
        page.keyboard.press("Space")
        says(panel, f"Step {left}:")
        expect(undo).to_be_focused()
    page.keyboard.press("Space")
    says(panel, "No step yet")
    expect(first).to_be_focused()
