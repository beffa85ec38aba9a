"""The fence of `shmlab`, and a slower one for a machine without the C extension.

There two locks, each taken and given back, are the fence: what comes before the first release is in memory before what
comes after the second acquire. Source: Boehm, "Reordering constraints for pthread-style locks" (2007).
"""

from __future__ import annotations

import threading

from shmlab import primitives

_LOCKS = threading.Lock(), threading.Lock()


def _fence_of_locks() -> None:
    """Keep earlier stores before later ones, and earlier loads before later ones."""
    if primitives.HOST.get() is not None:  # a check models it
        primitives.fence()
        return
    for lock in _LOCKS:
        with lock:
            pass


fence = primitives.fence if primitives.native_atomics() else _fence_of_locks
