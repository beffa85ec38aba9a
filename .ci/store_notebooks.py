"""Run notebooks and store their outputs, without paths of this machine and without widgets that need the kernel.

A notebook whose outputs come from the present code stays as it is, unless `--all` is given.
"""

import json
import os
import pathlib
import re
import sys
import sysconfig
import tempfile

import nbclient
import nbformat
import provenance

_WIDGET = "application/vnd.jupyter.widget-view+json"


def store(path):
    """Run one notebook and write it with its outputs.

    Raises nbclient.exceptions.CellExecutionError when a cell fails, SystemExit when an output has a path of this
    machine.
    """
    notebook = nbformat.read(path, as_version=4)
    modules = execute(notebook, path.parent)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    tidy(notebook)
    if found := machine_path(notebook):
        raise SystemExit(f"{path}: a path of this machine stands in its output: {found}")
    provenance.mark(notebook, modules)
    nbformat.validate(notebook)
    path.write_text(nbformat.writes(notebook) + "\n")


def execute(notebook, folder):
    """Run all cells; return the names of the package's modules that were loaded in the end."""
    client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
    with client.setup_kernel():
        notebook.cells.append(nbformat.v4.new_code_cell(provenance.LOADED))
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
    return json.loads(notebook.cells.pop().outputs[0].text)


def tidy(notebook):
    """Remove what means nothing without the kernel: times, widgets that also have a text, emptied outputs."""
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02}"
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _is_emptied(output)]
            for output in cell.outputs:
                if len(output.get("data", {})) > 1:
                    output.data.pop(_WIDGET, None)


def _is_emptied(output):
    return output.get("data") == {"text/html": "", "text/plain": ""}


def machine_path(notebook):
    """Return a path of this machine that is in an output, or an empty string."""
    places = {provenance.ROOT, pathlib.Path.home(), sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"),
              tempfile.gettempdir(), os.getcwd()}  # fmt: skip
    own = {str(place) for place in places} - {"/", "/usr", "/usr/local"}
    own |= {os.path.realpath(place) for place in own}
    pattern = "|".join(
        rf"(?<![\w/.]){re.escape(place)}(?:/[^\s'\"<>]*|(?![\w.-]))" for place in sorted(own, reverse=True)
    )
    for text in _texts([cell.get("outputs", []) for cell in notebook.cells]):
        if found := re.search(pattern, text):
            return found.group()
    return ""


def _texts(node):
    """Yield all strings in outputs, at any depth, except pictures."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, inner in node.items():
            yield from () if key.startswith("image/") else _texts(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _texts(inner)


def main(names):
    everything = "--all" in names
    os.environ["SHMLAB_STATE"] = tempfile.mkdtemp()  # a learner who has done nothing so far
    for path in (pathlib.Path(name) for name in names if name != "--all"):
        changed = provenance.changed(nbformat.read(path, as_version=4))
        if everything or changed:
            print(f"{path}: {', '.join(changed) or 'asked for'}", flush=True)
            store(path)


if __name__ == "__main__":
    main(sys.argv[1:])
