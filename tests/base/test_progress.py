"""A progress bar in a notebook, run in a real kernel: nothing of it is left in the notebook when it is done."""

import nbformat
import pytest
from nbclient import NotebookClient

BAR = """
from shmlab.base.progress import progress_bar

with progress_bar("runs", "run", total={total}, delay_s={delay}, shown={shown}) as bar:
    for _ in range({rounds}):
        bar.update()
"""


def outputs(**options):
    source = BAR.format(**{"total": 3, "delay": 0, "shown": True, "rounds": 3} | options)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook).execute()
    return [output.data for output in notebook.cells[0].outputs]


@pytest.mark.parametrize("total", [3, None])
def test_it_is_shown_and_then_emptied(total):
    assert outputs(total=total) == [{"text/html": "", "text/plain": ""}]


def test_one_that_was_not_finished_stays():
    (shown,) = outputs(rounds=2)
    assert "application/vnd.jupyter.widget-view+json" in shown


@pytest.mark.parametrize("options", [{"delay": 3600}, {"shown": False}])
def test_one_that_is_not_shown_leaves_nothing(options):
    assert outputs(**options) == []
