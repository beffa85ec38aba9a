"""Pipes that show whether the other side is alive, for transports whose kernel object outlives both processes.

Nothing is ever written into these pipes, and only their end matters: the kernel closes the descriptors of a process
that dies, however it dies, and poll(2) reports the hang-up.
"""

import os
import select

from shmlab.transports.transport import READER, WRITER


class Lifelines:
    """One pipe for each side: that side holds its writing end open, and the other side watches its reading end."""

    def __init__(self):
        self._watch, self._hold = {}, {}
        for side in (WRITER, READER):
            self._watch[side], self._hold[side] = os.pipe()

    def let_go(self, side):
        """Close, in this process, what `side` does not hold (None: everything)."""
        for held in set(self._hold) - {side}:
            os.close(self._hold.pop(held))
        if side is None:
            for watch in self._watch.values():
                os.close(watch)
            self._watch = {}

    def watch(self, side):
        """Return the descriptor to poll for the end of a side; poll(2) reports a hang-up unasked."""
        return self._watch[side]

    def gone(self, side, *, wait=False):
        """Return whether every process that could be this side has closed or died. `wait`: wait until it is so."""
        poll = select.poll()
        poll.register(self._watch[side], 0)
        return bool(poll.poll(None if wait else 0))
