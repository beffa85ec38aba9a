"""Names that a learner's answer and the check both define: in a notebook the later one replaces the earlier one.

In the sandbox the two never meet, so that such an answer is judged there by what it does.
"""

import ast
import functools

_OURS = ("# Hints and explanations", "# The check", "# Run me each time")  # how the cells of an exercise begin


def warning(cells, judged):
    """Return a sentence on names that an answer shares with the cells of the exercise, or "". `cells`: the code of the
    cells that were run, in order; the last one is the check. `judged`: the functions that the check is about."""
    ours = [code for code in cells if is_ours(code)]
    answers = [code for code in cells if not is_ours(code) and judged & defined(code)]
    shared = set().union(*map(defined, answers)) & set().union(*map(defined, ours))
    if not shared:
        return ""
    names = ", ".join(sorted(shared))
    one = len(shared) == 1
    return (
        f"Your cell and the cells of this exercise both define {names}, and the later one counts: give "
        f"{'yours another name' if one else 'yours other names'}, and run your cell and this one again."
    )


def is_ours(code):
    """Return whether a cell is one of the exercise's that no learner writes."""
    return code.startswith(_OURS)


@functools.lru_cache(maxsize=256)
def defined(code):
    """Return the names that a cell defines at its top level; none for a cell that is no Python."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    names = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    for node in body:
        for target in node.targets if isinstance(node, ast.Assign) else ():
            names |= {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
    return frozenset(names)
