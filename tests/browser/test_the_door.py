"""What `shmlab lab` opens: the first lesson, from which a click leads to its exercises, and another one back."""

import pathlib
import re
import sys

import pytest
from jupyterlab_page import expect
from lifeline import wait_until

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


def test_a_terminal_opens_in_the_learners_folder_and_finds_shmlab(page, lab, no_kernel_stays):
    page.goto(lab.page())
    expect(heading(page, "Can two programs change one number at once?")).to_be_visible()
    page.keyboard.press("Control+Shift+L")  # a launcher, of the folder that the file browser shows
    page.locator(".jp-LauncherCard[title='Start a new terminal session']").click()
    page.locator(".xterm-screen").click()
    said = lab.folder.parent / "said"
    page.keyboard.type(f"echo $(pwd) $(command -v shmlab) > {said}.part; mv {said}.part {said}\n")
    wait_until(said.exists)
    assert said.read_text().split() == [
        str(lab.folder / "notebooks"),
        str(pathlib.Path(sys.executable).with_name("shmlab")),
    ]


def test_no_question_about_news_covers_the_first_page(page, lab, no_kernel_stays):
    page.goto(lab.page())
    expect(heading(page, "Can two programs change one number at once?")).to_be_visible()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first.wait_for()
    expect(page.get_by_text("official Jupyter news")).to_have_count(0)
