"""The calls of POSIX shared memory as C has them, and a block that unlinks names at its end.

CPython has the two calls in a private module, for its own `SharedMemory`. Source: shm_open(3).
"""

from __future__ import annotations

import contextlib
from _posixshmem import shm_open, shm_unlink
from collections.abc import Iterator

__all__ = ["shm_open", "shm_unlink", "unlinked_at_the_end"]


@contextlib.contextmanager
def unlinked_at_the_end(*names: str) -> Iterator[None]:
    """Unlink these names at the end of a with-block, however it ends; a name that is gone already is left out."""
    try:
        yield
    finally:
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                shm_unlink(name)
