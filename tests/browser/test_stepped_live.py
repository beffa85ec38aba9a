"""An interleaving is stepped through in a browser that has no kernel: by mouse, and by keyboard alone."""

import pytest
from jupyterlab_page import expect

from shmlab import Program, stepped

pytestmark = pytest.mark.browser


def add(shm):
    shm.counter += 1


@pytest.fixture
def shown(page):
    """A page that has nothing but the interleaving."""
    verdict = Program(add, processes=2, shared={"counter": 0}, invariant=lambda shm: shm.counter == 2)
    page.set_content(stepped(verdict.check(progress=False)).as_html())
    return page


def moment(page, words):
    return page.locator(".moments > div:visible").filter(has_text=words)


def test_by_mouse(shown):
    expect(shown.locator(".moments > div:visible")).to_have_count(1)
    expect(moment(shown, "The start")).to_be_visible()
    moment(shown, "The start").get_by_text("next").click()
    expect(moment(shown, "Step 1 of")).to_be_visible()
    moment(shown, "Step 1 of").get_by_text("back").click()
    expect(moment(shown, "The start")).to_be_visible()
    shown.get_by_role("radio").last.check()
    expect(moment(shown, "counter = 1")).to_be_visible()
    expect(shown.locator(".moments > div:visible")).to_have_count(1)


def test_by_keyboard_alone(shown):
    shown.keyboard.press("Tab")
    shown.keyboard.press("ArrowRight")
    shown.keyboard.press("ArrowRight")
    expect(moment(shown, "Step 2 of")).to_be_visible()
    shown.keyboard.press("ArrowLeft")
    expect(moment(shown, "Step 1 of")).to_be_visible()
