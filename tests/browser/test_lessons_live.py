"""The lessons in a real JupyterLab in a real browser: every cell runs, and the kernel is left clean."""

import pathlib

import pytest

pytestmark = pytest.mark.browser
NOTEBOOKS = pathlib.Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_cell_runs_and_leaves_the_kernel_clean(notebook, lesson):
    opened = notebook(lesson)
    opened.run_all()
    assert opened.errors() == []
    assert opened.page.locator(".jp-OutputArea-output").last.inner_text().strip() == "Nothing of ours is in the kernel."
