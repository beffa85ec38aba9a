"""What `shmlab lab` opens: the first lesson, from which a click leads to its exercises, and another one back."""

import re

import pytest
from jupyterlab_page import expect

pytestmark = pytest.mark.browser


def heading(page, words):
    return page.get_by_role("heading", level=1).filter(has_text=words)


def link(page, words):
    return page.locator(".jp-RenderedMarkdown:visible").get_by_role("link", name=words, exact=True)


def test_a_click_leads_from_the_first_lesson_to_its_exercises_and_back(page, lab, no_kernel_stays):
    lesson = heading(page, "Can two programs change one number at once?")
    exercises = heading(page, "Exercises: can two programs change one number at once?")
    page.goto(lab.page())  # as the address that was printed, which names the first lesson
    expect(lesson).to_be_visible()
    link(page, "the exercises").click()
    expect(exercises).to_be_visible()
    expect(page).to_have_url(re.compile("/tree/exercises/00_start_here.ipynb$"))
    link(page, "lesson 00").click()
    expect(lesson).to_be_visible()
    expect(exercises).to_be_hidden()
    expect(page).to_have_url(re.compile("/tree/notebooks/00_start_here.ipynb$"))
