"""Start a function in a fresh process, and get its output, its result, and how it ended.

`start` makes one worker, `start_group` several that print through one stream. This works for functions from notebook
cells, and from a kernel that has threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shmlab.base.interrupts import undisturbed
from shmlab.processes.group import Group, unjoined
from shmlab.processes.launchers import LAUNCHERS

if TYPE_CHECKING:
    from shmlab.processes.worker import Worker

DEADLINE_S = 60.0


def start(
    function: Callable[..., Any],
    *args: Any,
    name: str | None = None,
    deadline_s: float | None = DEADLINE_S,
    method: str = "forkserver",
    cpu: int | None = None,
) -> Worker:
    """Run `function(*args)` in a fresh process and return its Worker at once.

    `deadline_s`: the process and all that it started are ended after so many seconds (None: never). `method`:
    "forkserver" (forked from a prepared server, about 5 ms), "spawn" (a fresh interpreter with other addresses, about
    150 ms), "fork" (a copy of this process with all its memory; it may hang if this process has threads). `cpu`: the
    processor to run on. Arguments are pickled; segments and semaphores attach to the same object in the new process.
    What it prints is shown while you wait for it. Raises TypeError if the function or an argument cannot be pickled.
    """
    name = name or getattr(function, "__name__", "worker")
    return start_group([(function, args, name, cpu)], deadline_s=deadline_s, method=method).workers[0]


def start_group(calls, *, deadline_s=DEADLINE_S, method="forkserver", echo=True):
    """Start a worker for each (function, args, name, cpu) and return their Group. Raises ValueError, TypeError."""
    if method not in LAUNCHERS:
        raise ValueError(f"method is {method!r}: choose one of {', '.join(LAUNCHERS)}")
    number = isinstance(deadline_s, int | float) and not isinstance(deadline_s, bool)
    if deadline_s is not None and not (number and deadline_s > 0):
        raise ValueError(f"deadline_s is {deadline_s!r}: give seconds above 0, or None for no deadline")
    for other in list(unjoined):
        other.hear_in_passing()  # so that the end of workers that are never joined is noticed
    group = Group(math.inf if deadline_s is None else deadline_s, method, echo)
    try:
        for function, args, name, cpu in calls:
            with undisturbed(), group.lock:
                group.add(function, args, name, cpu)
    except BaseException:
        group.kill()
        raise
    return group


def warm_up():
    """Start the fork server and wait until it answers, so that the first worker starts as quickly as later ones."""
    start(_nothing).join()


def _nothing():
    pass
