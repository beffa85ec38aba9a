"""What lies in shared memory: a board with the newest quote, and a tape with the newest ticks."""

from __future__ import annotations

import ctypes

SLOTS = 1024


class Board(ctypes.Structure):
    """Hold the newest quote. `begun`, `done`: how many quotes the writer has begun, and has done.

    >>> ctypes.sizeof(Board)
    32
    """

    _fields_ = (
        ("begun", ctypes.c_int64),
        ("done", ctypes.c_int64),
        ("bid", ctypes.c_int64),
        ("ask", ctypes.c_int64),
    )


class Slot(ctypes.Structure):
    """Hold one tick. `stamp`: its number, counted from 1; 0 while there is none, or while one is being written.

    >>> Slot().stamp
    0
    """

    _fields_ = (("stamp", ctypes.c_int64), ("price", ctypes.c_int64), ("volume", ctypes.c_int64))


class Tape(ctypes.Structure):
    """Hold the newest ticks. `count`: how many there ever were; tick number n is in slot n % len(slots).

    >>> len(Tape().slots)
    1024
    """

    _fields_ = (("count", ctypes.c_int64), ("slots", Slot * SLOTS))
