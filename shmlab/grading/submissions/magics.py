"""Remove magics that only measure from cells before they are graded, so that every line keeps its number.

%%time compiles a cell under a file name of its own, and %timeit runs a line a million times; a check can use neither.
Source: IPython's documentation, "Built-in magic commands" and "Custom input transformation".
"""

import re

_OVER_A_CELL = re.compile(r"%%(time|timeit|capture|prun)\b.*")
_REPEATS = re.compile(r"(\s*)%(timeit|prun)\b.*")
_TIMES = re.compile(r"(\s*)%time\s+(?=\S)")


def without_timing(text):
    """Return the text of a cell without the magics that measure. Every line keeps its number."""
    lines = text.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if _OVER_A_CELL.fullmatch(lines[first]):
        lines[first] = ""
    elif lines[first].startswith("%%"):  # such a cell is not Python
        return text
    return "\n".join(_TIMES.sub(r"\1", _REPEATS.sub(r"\1pass", line)) for line in lines)


def python_of(text):
    """Return the text of a cell as Python, with other magics as calls of IPython's. Raises SyntaxError."""
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(without_timing(text))


def keep_empty_lines(manager):
    """Make IPython's TransformerManager keep empty lines at the top of a cell, so that every line keeps its number."""
    manager.cleanup_transforms = [_dedented, *manager.cleanup_transforms[2:]]


def _dedented(lines):
    """Do what IPython's leading_empty_lines and leading_indent do, but keep the empty lines."""
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return lines
    if lines[first].startswith("%%"):
        return lines[first:]
    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    return [line.removeprefix(indent) for line in lines] if indent else lines
