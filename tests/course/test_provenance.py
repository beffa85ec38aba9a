import os
import pathlib
import re
import sys
import tempfile

import nbformat
import provenance
import pytest
import store_notebooks

SOURCE = '''\
"""What it is."""

import os  # a comment


def f(x):
    """One line."""
    text = "# no comment"  # é, and a comment

    return f"{x}{text}"


class C:
    """Several
    lines."""

    async def g(self):
        "Another."
        return 1
'''


def test_comments_docstrings_and_empty_lines_do_not_count():
    assert provenance.essence(SOURCE).splitlines() == [
        "import os",
        "def f(x):",
        '    text = "# no comment"',
        '    return f"{x}{text}"',
        "class C:",
        "    async def g(self):",
        "        return 1",
    ]


@pytest.mark.parametrize(
    "change", [("return 1", "return 2"), ("# no comment", "# a comment"), ("import os", "import re")]
)
def test_what_code_does_counts(change):
    assert provenance.essence(SOURCE) != provenance.essence(SOURCE.replace(*change))


def test_every_module_of_ours_has_an_essence():
    for path in provenance.ROOT.glob("shmlab/**/*.py"):
        text = path.read_text()
        essence = provenance.essence(text)
        assert len(essence) < len(text)
        assert re.findall(r"^ *(?:async )?def \w+", essence, re.M) == re.findall(r"^ *(?:async )?def \w+", text, re.M)


def test_modules_are_found_by_name():
    names = ["shmlab", "shmlab.ipc", "shmlab.observe.address_spaces", "shmlab.native._native"]
    assert len({provenance.of_module(name) for name in names}) == 4
    assert provenance.of_module("shmlab.nowhere") == "gone"


@pytest.fixture
def notebook():
    cells = [nbformat.v4.new_markdown_cell("words"), nbformat.v4.new_code_cell("import shmlab.observe.address_spaces")]
    return nbformat.v4.new_notebook(cells=cells)


def test_a_stored_notebook_has_not_changed(notebook):
    provenance.mark(notebook, ["shmlab.observe.address_spaces", "shmlab"])
    assert provenance.changed(notebook) == []


def test_what_has_changed_is_named(notebook):
    provenance.mark(notebook, ["shmlab.observe.address_spaces", "shmlab"])
    notebook.cells[0].source = "other words"
    notebook.metadata.shmlab.code["shmlab.observe.address_spaces"] = provenance._hash("older code")
    assert provenance.changed(notebook) == ["its cells", "shmlab.observe.address_spaces"]


def test_one_that_was_never_stored_says_so(notebook):
    assert provenance.changed(notebook) == ["it was never stored by `make notebooks`"]


def test_what_was_loaded_is_known_in_the_kernel_and_in_its_processes(notebook, tmp_path):
    notebook.cells[1].source = "from shmlab import start\nstart(int).result()"
    modules = store_notebooks.execute(notebook, tmp_path)
    assert {"shmlab", "shmlab.processes.workers", "shmlab.processes.child", "shmlab.runs.stepped_process"} <= set(
        modules
    )  # the last in processes only
    assert "shmlab.bench" not in modules


def shown(text, kind="text/plain"):
    cell = nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("display_data", {kind: text})])
    return nbformat.v4.new_notebook(cells=[cell])


@pytest.mark.parametrize(
    "place",
    [
        provenance.ROOT / "shmlab/observe/address_spaces.py",
        provenance.ROOT,
        pathlib.Path.home() / "notes",
        os.path.join(sys.prefix, "lib"),
        os.path.join(tempfile.gettempdir(), "ipykernel_1/2.py"),
    ],
)
def test_a_path_of_this_machine_is_noticed(place):
    assert store_notebooks.machine_path(shown(f"Error:\n{place}, line 3")).startswith(str(place).rstrip(","))
    assert store_notebooks.machine_path(shown(f'File "{place}"'))


@pytest.mark.parametrize(
    "text", ["/dev/shm/scores", "nothing", "/usr/bin/ipcs", "./tmp/x", "/tmpfs", "user root", "/SYSV000004d2 (deleted)"]
)
def test_what_every_machine_has_may_stand_there(text):
    assert store_notebooks.machine_path(shown(text)) == ""


def test_pictures_are_not_read():
    assert store_notebooks.machine_path(shown("+/tmp/x", "image/png")) == ""


def test_a_widget_leaves_its_words():
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
    cell = nbformat.v4.new_code_cell(
        "1", outputs=[nbformat.v4.new_output("display_data", widget | {"text/plain": "a"})]
    )
    notebook = nbformat.v4.new_notebook(cells=[cell])
    store_notebooks.tidy(notebook)
    assert notebook.cells[0].outputs[0].data == {"text/plain": "a"}
