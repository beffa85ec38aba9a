"""A FIFO that other processes hold open: a test can wait until they hold it, and until the last one has ended.

So a test waits for the start and the end of processes that are not its children.
"""

import os
import select
import time

from helpers import PATIENCE_S


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
        """Wait until no process holds it any more."""
        os.close(os.open(self.path, os.O_WRONLY))  # if no process ever opened it, a read would not see its end
        while self._read():
            pass

    def _read(self):
        assert select.select([self._descriptor], [], [], PATIENCE_S)[0], f"nothing happened in {PATIENCE_S} s"
        return os.read(self._descriptor, 1)

    def close(self):
        os.close(self._descriptor)


def hold(path):
    """Hold the lifeline until this process, and those that it forks, have ended."""
    os.write(os.open(path, os.O_WRONLY), b"x")


def wait_until(condition):
    """Poll a condition for which the kernel has no event, and leave the processor to what should bring it about."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"it did not come about in {PATIENCE_S} s"
        time.sleep(0.001)
