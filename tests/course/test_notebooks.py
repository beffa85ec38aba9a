"""Every lesson runs without an error, with the 64 MiB of /dev/shm that tests have, beside other people's objects."""

import pathlib

import nbclient
import nbformat
import provenance
import pytest
import store_notebooks
from foreign import planted

NOTEBOOKS = pathlib.Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))
SOLUTIONS = sorted((NOTEBOOKS.parent / "solutions").glob("*.ipynb"))
# The kernel's own start-up, not ours, warns about its transport.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq.*", "ignore::RuntimeWarning:zmq.*"),
    pytest.mark.usefixtures("a_file_that_iceoryx2_keeps"),  # lesson 19 measures it where it is installed
]


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(cell):
    return [output.get("data", {}).get("text/plain", output.get("text", "")) for output in cell.outputs]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_lesson_runs(path):
    notebook = nbformat.read(path, as_version=4)
    with planted():
        nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    assert texts(code_cells(notebook)[-1]) == ["Nothing of ours is in the kernel."]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_stored_lesson_reads_without_a_kernel(path):
    notebook = nbformat.read(path, as_version=4)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert texts(cells[-1]) == ["Nothing of ours is in the kernel."]
    shown = "\n".join(text for cell in cells for text in texts(cell))
    assert "children=(" not in shown, "a raw widget stands where its words should"


@pytest.mark.parametrize("path", LESSONS + SOLUTIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_is_stored_is_of_the_present_code(path):
    notebook = nbformat.read(path, as_version=4)
    changed = provenance.changed(notebook)
    assert not changed, f"{path.name} shows what older code did ({', '.join(changed)}): run `make notebooks`"
    assert not store_notebooks.machine_path(notebook)
