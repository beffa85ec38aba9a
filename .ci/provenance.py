"""Tell whether a stored notebook's outputs come from the present code: store hashes in it, compare them later.

The outputs depend on the notebook's own cells, and on the package's modules that were loaded while it ran, in its
kernel and in its processes. A module's hash leaves out comments, docstrings and empty lines: these may change freely.
"""

import ast
import hashlib
import io
import json
import pathlib
import tokenize

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE = "shmlab"

# The code that prints the loaded modules; it runs in the notebook's kernel after the last cell.
LOADED = f"""
import sys as _sys
def _loaded():
    import sys
    return [name for name in sys.modules if name.partition(".")[0] == "{PACKAGE}"]
_names = set(_loaded())
if "{PACKAGE}.processes.workers" in _names:
    _names |= set(_sys.modules["{PACKAGE}.processes.workers"].start(_loaded).result())
import json as _json
print(_json.dumps(sorted(_names)))
"""


def mark(notebook, modules):
    """Write the hashes of a notebook's cells and of these modules into its metadata."""
    notebook.metadata[PACKAGE] = {"cells": _of_cells(notebook), "code": {name: of_module(name) for name in modules}}


def changed(notebook):
    """Return a list, in words, of what has changed since a notebook was stored."""
    stored = notebook.metadata.get(PACKAGE)
    if stored is None:
        return ["it was never stored by `make notebooks`"]
    cells = ["its cells"] if stored["cells"] != _of_cells(notebook) else []
    return cells + [name for name, was in stored["code"].items() if of_module(name) != was]


def of_module(name):
    """Return a hash of the module `name` without its comments and docstrings, or "gone"."""
    base = ROOT.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py", base.with_suffix(".c")):
        if path.exists():
            text = path.read_text()
            return _hash(essence(text) if path.suffix == ".py" else text)
    return "gone"


def _of_cells(notebook):
    return _hash(json.dumps([[cell.cell_type, cell.source] for cell in notebook.cells]))


def _hash(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def essence(source):
    """Return Python source without comments, docstrings and empty lines. Raises SyntaxError."""
    lines = source.encode().splitlines(keepends=True)
    for (row, start), (end_row, end) in sorted([*_comments(source), *_docstrings(source)], reverse=True):
        rest = lines[end_row - 1][end:]
        lines[row - 1 : end_row] = [lines[row - 1][:start] + rest]
    return "\n".join(filter(None, (line.decode().rstrip() for line in lines)))


def _comments(source):
    """Yield the start and the end of each comment as (row, column); rows count from 1, columns in bytes from 0."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            start = len(token.line[:column].encode())
            yield (row, start), (row, start + len(token.string.encode()))


def _docstrings(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str())) as first, *_]:
                    yield (first.lineno, first.col_offset), (first.end_lineno, first.end_col_offset)
