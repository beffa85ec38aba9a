"""frontrun, as it is used here (https://pypi.org/project/frontrun).

Its fastest mode that leaves nothing out on purpose: DPOR with no bound on preemptions, without its watch on
files, sockets and sleep. On unprotected increments that reduces nothing and goes through them all. Its other
exhaustive mode, markers in comments, reads and tokenizes source files again for each schedule and is
some tens of times slower.
"""

import os
import threading

import frontrun

os.environ["FRONTRUN_ACTIVE"] = "1"  # as its command line does; the library that it also preloads watches I/O only


class Shared:
    """What the threads share."""

    def __init__(self):
        self.counter = self.started = 0
        self.order = ()
        self.mutex = threading.Lock()


def explored(workers, invariant, setup=Shared):
    """What frontrun found. Raises RuntimeError when it comes to no verdict."""
    found = frontrun.explore(
        setup=setup, workers=workers, invariant=invariant, preemption_bound=None, stop_on_first=False,
        reproduce_on_failure=0, detect_io=False, patch_sleep=False, warn_nondeterministic_sql=False,
    )  # fmt: skip
    if found.property_holds is None:
        raise RuntimeError(f"frontrun came to no verdict: {found.inconclusive_reason}")
    return found


# A field that notes who uses it. frontrun leaves out code of frozen modules, so this adds no step to a schedule.
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
    """Of each schedule that frontrun goes through: the ranks, in the order of their loads and stores of `counter`."""
    space = {"current_thread": threading.current_thread}
    exec(compile(_NOTING, "<frozen noting>", "exec"), space)

    class Noting:
        counter = property(space["load"], space["store"])

        def __init__(self):
            self.order, self.value = [], 0

    found = []
    explored(workers, lambda shared: found.append(tuple(shared.order)) is None, Noting)
    return found
