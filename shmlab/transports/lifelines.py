"""Whether the other side is still there, for transports whose kernel object outlives both: a pipe held by each.

Nothing is ever written into these pipes. What tells is their end: the kernel closes the descriptors
of a process that dies, however it dies, and poll(2) reports the hang-up.
"""

import os
import select

from shmlab.transports.transport import READER, WRITER


class Lifelines:
    """One pipe for each side: its writing end is held by that side, its reading end watched by the other."""

    def __init__(self):
        self._watch, self._hold = {}, {}
        for side in (WRITER, READER):
            self._watch[side], self._hold[side] = os.pipe()

    def let_go(self, side):
        """Hold only what `side` holds (None: nothing)."""
        for held in set(self._hold) - {side}:
            os.close(self._hold.pop(held))
        if side is None:
            for watch in self._watch.values():
                os.close(watch)
            self._watch = {}

    def watch(self, side):
        """What to poll for the end of a side; a hang-up is reported unasked."""
        return self._watch[side]

    def gone(self, side, *, wait=False):
        """Whether every process that could be this side has closed, or died; or `wait` until it is so."""
        poll = select.poll()
        poll.register(self._watch[side], 0)
        return bool(poll.poll(None if wait else 0))
