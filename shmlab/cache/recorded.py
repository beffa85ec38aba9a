"""Hold what caches took on one machine, for lessons where one of them is not installed."""

from __future__ import annotations

from collections.abc import Iterable

WHERE = "November 2026, x86-64, 2 busy processors in a virtual machine, Linux 6.18, Python 3.11; 21 rounds of 300 gets"
TIMES = {  # cache -> (its version, how many times as long as ours a get took: the median, and the range of the rounds)
    "diskcache": ("5.6.3", "1.2 (0.41–4.5) times ours at 100 bytes, 1.1 (0.36–2.6) at 10 kB"),
    "redis": ("server 7.0.15, redis-py 8.1.0", "9.4 (3.2–21) times ours at 100 bytes, 8.6 (1.3–11) at 10 kB"),
    "memcached": ("1.6.18, pymemcache 4.0.0", "3.0 (0.75–5) times ours at 100 bytes, 3.2 (0.43–4) at 10 kB"),
}


def words(missing: Iterable[str]) -> str:
    """Return what was recorded of these caches, in words; "" where nothing was."""
    found = [f"{name} ({TIMES[name][0]}): {TIMES[name][1]}" for name in missing if name in TIMES]
    return f"Recorded elsewhere ({WHERE}): {'; '.join(found)}." if found else ""
