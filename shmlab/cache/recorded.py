"""Hold what caches took on one machine, for lessons where one of them is not installed."""

from __future__ import annotations

from collections.abc import Iterable

WHERE = "on x86-64, 2 busy processors, Linux 6.18, Python 3.11"
TIMES: dict[str, tuple[str, str]] = {}  # cache -> (its version, what it took)


def words(missing: Iterable[str]) -> str:
    """Return what was recorded of these caches, in words; "" where nothing was."""
    found = [f"{name} ({TIMES[name][0]}): {TIMES[name][1]}" for name in missing if name in TIMES]
    return f"Recorded elsewhere ({WHERE}): {'; '.join(found)}." if found else ""
