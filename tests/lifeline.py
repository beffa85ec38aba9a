"""A FIFO that other processes hold open: it tells when they have come, and when the last has gone.

Waiting on it is how tests wait for the life and death of processes that are not their children.
"""

import os
import select
import time

PATIENCE_S = 30  # far more than anything takes; only a failing test waits so long


class Lifeline:
    def __init__(self, folder):
        self.path = str(folder / "lifeline")
        os.mkfifo(self.path)
        self._descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)

    def wait_for_holders(self, count):
        """Wait until `count` processes hold it."""
        for _ in range(count):
            assert self._read() == b"x", "a holder was expected, and the last one went"

    def wait_for_release(self):
        """Wait until nobody holds it any more."""
        os.close(os.open(self.path, os.O_WRONLY))  # where nobody ever came, there would be no end to hear of
        while self._read():
            pass

    def _read(self):
        assert select.select([self._descriptor], [], [], PATIENCE_S)[0], f"nothing happened in {PATIENCE_S} s"
        return os.read(self._descriptor, 1)

    def close(self):
        os.close(self._descriptor)


def hold(path):
    """Hold the lifeline from here to the end of this process, and of those it forks."""
    os.write(os.open(path, os.O_WRONLY), b"x")


def wait_until(condition):
    """Look again and again, for what the kernel has no event for."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"it did not come about in {PATIENCE_S} s"
        os.sched_yield()
