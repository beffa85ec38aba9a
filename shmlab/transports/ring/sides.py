"""The two processes of a ring: which side each has, whether it is alive, how it sleeps and is woken."""

import ctypes

from shmlab.ipc import creator, libc
from shmlab.primitives import checked_timeout, timed_out
from shmlab.transports.ring.layout import READER, SIDES, WRITER

_GOALS = ("given room", "given a message")


class Peers:
    """The two sides of a ring as one process sees them. `semaphores`: what each side sleeps on, or None."""

    def __init__(self, what, header, semaphores):
        self.what = what
        self._semaphores = semaphores
        self.part()
        self.attach(header)

    def attach(self, header):
        self._sides = (header.writer, header.reader)

    def detach(self):
        self._sides = None

    def claim(self, side):
        """Take a side for this process.

        Raise ValueError when another process has or had it, or this one has closed it.
        """
        mine, me = self._sides[side], creator.current_creator()
        if self._closed[side]:
            raise ValueError(f"{self.what}: this process has closed it as its {SIDES[side]}; make another ring")
        if mine.pid and (mine.pid, mine.start_ticks) != (me.pid, me.start_ticks):
            raise ValueError(
                f"{self.what} has its {SIDES[side]}, process {mine.pid}: a ring is for one writer and one reader"
            )
        mine.start_ticks, mine.pid_namespace, mine.pid = me.start_ticks, me.pid_namespace, me.pid
        self._mine[side] = True

    def part(self):
        """Begin anew in the child of a fork, which does not have its parent's sides."""
        self._mine, self._closed = [False, False], [False, False]

    def close(self):
        """Close this process's side, or each side that no process has if it has none; wake the other. Return which.

        A process that has both closes the writer's side first, and the reader's when this is called again.
        """
        sides = [side for side in (WRITER, READER) if self._mine[side] and not self._closed[side]][:1]
        if not any(self._mine):
            sides = [side for side in (WRITER, READER) if not self._sides[side].pid]
        for side in sides:
            self._closed[side] = True
            self._sides[side].closed = 1
            self._sides[1 - side].waiting = 0
            if self._semaphores[1 - side]:
                self.wake(1 - side)
            else:
                libc.futex(ctypes.addressof(self._sides[1 - side]), libc.FUTEX_WAKE, 1, None)
        return sides

    def trouble(self, side):
        """Return the error that ends a wait of `side`, or None while the other side may still act."""
        other = self._sides[1 - side]
        if other.closed:
            if side == READER:
                return EOFError(f"{self.what} is closed and every message was received")
            return BrokenPipeError(f"{self.what}: its reader has closed, so nobody will receive what is sent")
        if not other.pid or other.pid_namespace != creator.current_creator().pid_namespace:
            return None  # not there yet, or in a PID namespace that is not visible here
        if creator.start_ticks(other.pid) == other.start_ticks:
            return None
        return ConnectionResetError(
            f"{self.what}: its {SIDES[1 - side]}, process {other.pid}, died without closing it; make another ring"
        )

    def sleep(self, side, seconds):
        """Sleep until woken, at most `seconds`."""
        self._semaphores[side]._wait(seconds)

    def wake(self, side):
        self._semaphores[side].release()

    def checked_timeout(self, timeout):
        return float(checked_timeout(timeout))

    def timed_out(self, side, timeout):
        raise timed_out(f"the {SIDES[side]} of {self.what}", timeout, _GOALS[side])
