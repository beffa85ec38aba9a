"""The calls of POSIX shared memory as C has them, and a block after which their names are gone.

CPython keeps the two calls in a private module, for its own `SharedMemory`. Source: shm_open(3).
"""

from __future__ import annotations

import contextlib
from _posixshmem import shm_open, shm_unlink
from collections.abc import Iterator

__all__ = ["shm_open", "shm_unlink", "unlinked_at_the_end"]


@contextlib.contextmanager
def unlinked_at_the_end(*names: str) -> Iterator[None]:
    """A context manager: however its block ends, these names are gone."""
    try:
        yield
    finally:
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                shm_unlink(name)
