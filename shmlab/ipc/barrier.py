"""A process barrier, made of a mutex and a condition, because glibc's barrier has no time-out and no robust form."""

from __future__ import annotations

import ctypes
import time
from typing import TYPE_CHECKING, Any, Self

from shmlab.ipc.condition import Condition
from shmlab.ipc.mutex import Mutex
from shmlab.ipc.slot import SLICE_S, SLOT_BYTES, Shared, check_slot
from shmlab.primitives import OwnerDied, checked_timeout, timed_out

if TYPE_CHECKING:
    from shmlab.ipc.segment import Segment

BARRIER_BYTES = 3 * SLOT_BYTES


class _Arrivals(ctypes.Structure):
    __slots__ = ()
    _fields_ = (("arrived", ctypes.c_uint64), ("parties", ctypes.c_uint64))


class Barrier(Shared):
    """A process barrier: no process passes until `parties` have come; then the next round begins.

    `arrived` only grows, and the round is arrived // parties: each change is one store, so a process that dies
    in the middle of a change leaves nothing to repair. Source: pthread_barrier_wait(3).
    """

    size_bytes = BARRIER_BYTES
    magic = 0x7368_6D6C_6162_0001  # its first slot is its mutex

    def __init__(self, segment: Segment, offset: int) -> None:
        super().__init__(segment, offset)
        self._mutex = Mutex.open(segment, offset)
        self._changed = Condition.open(self._mutex, segment, offset + SLOT_BYTES)
        self._state: Any = segment.view(_Arrivals, offset + 2 * SLOT_BYTES)

    @classmethod
    def create(cls, parties: int, segment: Segment, offset: int = 0) -> Self:
        """Initialise a barrier for `parties` processes in the 192 bytes of `segment` at `offset`.

        Raises TypeError or ValueError for a number of parties, a segment or an offset that cannot be.
        """
        if isinstance(parties, bool) or not isinstance(parties, int):
            raise TypeError(f"parties is {parties!r}: a barrier waits for a whole number of processes")
        if parties < 1:
            raise ValueError(f"parties is {parties}: a barrier waits for at least 1 process")
        check_slot(segment, offset, cls.size_bytes)
        mutex = Mutex.create(segment, offset)
        Condition.create(mutex, segment, offset + SLOT_BYTES)
        state = segment.view(_Arrivals, offset + 2 * SLOT_BYTES)
        state.arrived, state.parties = 0, parties
        del state
        return cls(segment, offset)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the other processes; return how many had come to this round before: parties - 1 for the last.

        Raises TimeoutError after `timeout` seconds; the arrival is then taken back, and the others go on waiting.
        A process that is killed while it waits still counts as arrived.
        """
        timeout = checked_timeout(timeout)
        self._check_open()
        deadline = None if timeout is None else time.monotonic() + timeout
        self._lock()
        try:
            turn = self._state.arrived
            goal = turn - turn % self._state.parties + self._state.parties
            self._state.arrived = turn + 1
            if self._state.arrived == goal:
                self._changed.notify_all()
            self._wait_for(goal, deadline, timeout)
            return turn % self._state.parties
        finally:
            if self._mutex.held():  # False when an interrupt came before the mutex was acquired again
                self._mutex.release()

    def _wait_for(self, goal: int, deadline: float | None, timeout: float | None) -> None:
        try:
            while self._state.arrived < goal:
                # In slices: the last process may have died between its store and its notification.
                remaining = SLICE_S if deadline is None else min(SLICE_S, deadline - time.monotonic())
                if remaining <= 0:
                    raise timed_out(self.what, timeout, "full")
                self._wait_slice(remaining)
        except BaseException:
            if (
                self._mutex.held() and self._state.arrived < goal
            ):  # a process that leaves before the round is full has not arrived
                self._state.arrived -= 1
            raise

    def _wait_slice(self, seconds: float) -> None:
        try:
            self._changed.wait(seconds)
        except OwnerDied:
            self._mutex.consistent()
        except TimeoutError:
            pass  # the caller looks at the count and at its own deadline

    def _lock(self) -> None:
        try:
            self._mutex.acquire()
        except OwnerDied:
            self._mutex.consistent()  # see the class: a death leaves the count as it was before or after

    def close(self) -> None:
        self._mutex.close()
        self._changed.close()
        self._state = None
        super().close()
