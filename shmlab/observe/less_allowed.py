"""Take permissions away from a process, so that a lesson can show the errors: an ordinary user, a low limit.

Source: setresuid(2), getrlimit(2).
"""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator

NOBODY = 65534


def become_ordinary() -> None:
    """Make this process one of the user `nobody`, for good, if it is root's; any other user stays the same."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


@contextlib.contextmanager
def limited(**limits: int) -> Iterator[None]:
    """Lower limits of this process in a with-block, as in limited(nofile=10) or limited(fsize=2**20).

    Names and units are those of getrlimit(2), the names without RLIMIT_ and in small letters. Raises AttributeError
    for another name, ValueError for a limit above the hard one.
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
