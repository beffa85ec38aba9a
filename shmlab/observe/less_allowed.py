"""Processes that are allowed less, so that they meet the errors of those who are: an ordinary user, a low limit.

Source: setresuid(2), getrlimit(2).
"""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator

NOBODY = 65534


def become_ordinary() -> None:
    """Become the user `nobody`, for good, where this process is root's; another user stays who it is."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


@contextlib.contextmanager
def limited(**limits: int) -> Iterator[None]:
    """A context manager: in its block each of these limits of the process is lower, as nofile=10 or fsize=2**20.

    Names as getrlimit(2) has them, without RLIMIT_ and in small letters. Raises AttributeError for others.
    """
    kinds = {getattr(resource, f"RLIMIT_{name.upper()}"): most for name, most in limits.items()}
    before = {kind: resource.getrlimit(kind) for kind in kinds}
    try:
        for kind, most in kinds.items():
            resource.setrlimit(kind, (most, before[kind][1]))
        yield
    finally:
        for kind, old in before.items():
            resource.setrlimit(kind, old)
