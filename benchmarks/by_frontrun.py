"""Explore interleavings with frontrun (https://pypi.org/project/frontrun).

This uses its fastest exhaustive mode: DPOR (dynamic partial-order reduction) with no bound on preemptions, without
its watch on files, sockets and sleep. On unprotected increments DPOR reduces nothing and goes through all
interleavings. Its other exhaustive mode, markers in comments, tokenizes source files again for each schedule and is
some tens of times slower.
"""

import os
import threading

import frontrun

os.environ["FRONTRUN_ACTIVE"] = "1"  # as its command line sets it; the library that it also preloads watches only I/O


class Shared:
    """The object that the threads share."""

    def __init__(self):
        self.counter = self.started = 0
        self.order = ()
        self.mutex = threading.Lock()


def explored(workers, invariant, setup=Shared):
    """Explore with frontrun, and return its result. Raises RuntimeError if it comes to no verdict."""
    found = frontrun.explore(
        setup=setup, workers=workers, invariant=invariant, preemption_bound=None, stop_on_first=False,
        reproduce_on_failure=0, detect_io=False, patch_sleep=False, warn_nondeterministic_sql=False,
    )  # fmt: skip
    if found.property_holds is None:
        raise RuntimeError(f"frontrun came to no verdict: {found.inconclusive_reason}")
    return found


# A field that notes which thread uses it. frontrun ignores code of frozen modules, so this adds no step to a schedule.
_NOTING = """
def rank():
    return int(current_thread().name.rsplit("-")[-1])

def load(self):
    self.order.append(rank())
    return self.value

def store(self, value):
    self.order.append(rank())
    self.value = value
"""


def orders(workers):
    """Return, for each schedule that frontrun explores, the ranks in the order of their accesses to `counter`."""
    space = {"current_thread": threading.current_thread}
    exec(compile(_NOTING, "<frozen noting>", "exec"), space)

    class Noting:
        counter = property(space["load"], space["store"])

        def __init__(self):
            self.order, self.value = [], 0

    found = []
    explored(workers, lambda shared: found.append(tuple(shared.order)) is None, Noting)
    return found
