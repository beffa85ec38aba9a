"""Start a function in a fresh process and hear everything about it: output, result, how it ended.

`start` makes one worker, `start_group` several that print through one stream. Works for functions
of notebook cells, from a kernel that has threads.
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

    `deadline_s`: it is ended, with all it started, after so many seconds (None: never).
    `method`: "forkserver" (a warm one, about 5 ms), "spawn" (a fresh interpreter, whose addresses
    differ, about 150 ms), "fork" (of this very process: it shares copies of everything, and may hang
    where this process has threads). `cpu`: the processor to run on. Arguments are pickled; segments
    and semaphores attach to the same object over there. What it prints is shown while you wait for it.
    Raises TypeError when the function or an argument cannot be pickled.
    """
    name = name or getattr(function, "__name__", "worker")
    return start_group([(function, args, name, cpu)], deadline_s=deadline_s, method=method).workers[0]


def start_group(calls, *, deadline_s=DEADLINE_S, method="forkserver", echo=True):
    """Start a worker for each (function, args, name, cpu); returns their Group."""
    if method not in LAUNCHERS:
        raise ValueError(f"method is {method!r}: choose one of {', '.join(LAUNCHERS)}")
    number = isinstance(deadline_s, int | float) and not isinstance(deadline_s, bool)
    if deadline_s is not None and not (number and deadline_s > 0):
        raise ValueError(f"deadline_s is {deadline_s!r}: give seconds above 0, or None for no deadline")
    for forgotten in list(unjoined):
        forgotten.hear_in_passing()  # what nobody waits for is heard now and then, so that its end is noticed
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
    """Start the fork server now and wait until it answers, so that the first worker is as quick as the rest."""
    start(_nothing).join()


def _nothing():
    pass
