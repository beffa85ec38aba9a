"""Find the cell that leaves too little memory for the answers, so that it is left out and costs them nothing."""

import math
import pathlib
import resource

_LEAST_ROOM = 1 / 3  # of the memory that there is at first; right answers use some 20 MiB
_RESERVE = 4 << 20  # bytes, for saying that there is no other memory


class MemoryOfCells:
    """Measure how much memory each cell of a notebook keeps. Made before the first of them."""

    def __init__(self):
        self._kept = {}  # number of a cell -> bytes
        self._least_room = _room() * _LEAST_ROOM
        self._before, self._reserve = 0, bytearray(_RESERVE)

    def begin(self):
        """Say that a cell begins."""
        self._before = _room()

    def end(self, number):
        """Say that cell `number` has ended.

        Return None or, if too little room is left, (number of the cell that keeps most, how many MiB).
        """
        self._reserve = None
        room = _room()
        self._kept[number] = self._before - room
        if room < self._least_room:
            most = max(self._kept, key=self._kept.get)
            return most, self._kept[most] >> 20
        self._reserve = bytearray(_RESERVE)
        return None


def _room():
    """Return how many bytes of memory this process may still map; see getrlimit(2), RLIMIT_AS, and proc(5), statm."""
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return math.inf
    return most - int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
