"""Cells as they are run for a grade: without magics that only measure, line for line as the learner sees them.

A cell under %%time is compiled by that magic, under a name of its own, and %timeit runs a line a million times: neither
has a place in a check. Source: IPython's documentation, "Built-in magic commands" and "Custom input transformation".
"""

import re

_OVER_A_CELL = re.compile(r"%%(time|timeit|capture|prun)\b.*")
_REPEATS = re.compile(r"(\s*)%(timeit|prun)\b.*")
_TIMES = re.compile(r"(\s*)%time\s+(?=\S)")


def without_timing(text):
    """The text of a cell with magics that measure left out; every line stays on its line."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    if _OVER_A_CELL.fullmatch(lines[first]):
        lines[first] = ""
    elif lines[first].startswith("%%"):  # what follows is no Python
        return text
    return "\n".join(_TIMES.sub(r"\1", _REPEATS.sub(r"\1pass", line)) for line in lines)


def python_of(text):
    """The text of a cell as Python: other magics are calls of IPython's there. Raises SyntaxError for none."""
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(without_timing(text))


def keep_empty_lines(manager):
    """Have IPython's TransformerManager keep the empty lines on top of a cell, so that no line gets another number."""
    manager.cleanup_transforms = [_dedented, *manager.cleanup_transforms[2:]]


def _dedented(lines):
    """What leading_empty_lines and leading_indent do, with the empty lines left where they are."""
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return lines
    if lines[first].startswith("%%"):
        return lines[first:]
    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    return [line.removeprefix(indent) for line in lines] if indent else lines
