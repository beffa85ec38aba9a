"""Say several measurements of one thing in words: the median, and between which values all of them lie."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection


def in_words(numbers: Collection[float], words: Callable[[float], str]) -> str:
    """Return "median (lowest–highest)". `words`: returns one number in words.

    >>> in_words((3, 1, 2), str)
    '2 (1–3)'
    """
    return f"{words(statistics.median(numbers))} ({words(min(numbers))}–{words(max(numbers))})"
