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


def explored(workers, invariant):
    """What frontrun found on Shared. Raises RuntimeError when it comes to no verdict."""
    found = frontrun.explore(
        setup=Shared, workers=workers, invariant=invariant, preemption_bound=None, stop_on_first=False,
        reproduce_on_failure=0, detect_io=False, patch_sleep=False, warn_nondeterministic_sql=False,
    )  # fmt: skip
    if found.property_holds is None:
        raise RuntimeError(f"frontrun came to no verdict: {found.inconclusive_reason}")
    return found
