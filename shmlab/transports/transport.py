"""The table of verbs that every transport has, and what they share: sides, deadlines, checks."""

from __future__ import annotations

import abc
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from shmlab.primitives import checked_timeout

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

WRITER, READER, CLOSED = "writer", "reader", "closed"


class Transport(abc.ABC):
    """Carries messages from one process to another, in order; each is at least one byte.

    Made by one of the two before they part by fork(2). Who sends is the writer, who receives is the
    reader: each lets go of the other's end when it uses its own for the first time.
    """

    what = "the transport"  # as errors name it
    largest_bytes: int | None = None  # None: messages of any size

    def __init__(self) -> None:
        self.side: str | None = None
        self._destroyed = False

    @abc.abstractmethod
    def send(self, message: ReadableBuffer, timeout: float | None = None) -> None:
        """Hand over one message, waiting for room, up to `timeout` seconds.

        Raises ValueError for an empty message or one beyond `largest_bytes`, TypeError for what has no bytes,
        TimeoutError (then it was not sent), BrokenPipeError when the reader has closed.
        """

    @abc.abstractmethod
    def receive(self, timeout: float | None = None) -> bytes:
        """The oldest message as bytes, waiting for one up to `timeout` seconds.

        Raises TimeoutError, and EOFError when the writer has closed and every message was received.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """The last word of the side that calls: the reader gets what is left, then EOFError."""

    def destroy(self) -> None:
        """Give everything back to the system: called by the process that made it. A second call does nothing."""
        if not self._destroyed:
            self.close()
            self._destroyed = True

    def send_many(self, messages: Iterable[ReadableBuffer], timeout: float | None = None) -> int:
        """Send them all; returns how many went. Those that went before a time-out stay sent; TimeoutError when none."""
        end, sent = deadline(timeout), 0
        for message in messages:
            try:
                self.send(message, None if end is None else remaining(end))
            except TimeoutError:
                if not sent:
                    raise
                break
            sent += 1
        return sent

    def receive_many(self, most: int | None = None, timeout: float | None = None) -> list[bytes]:
        """A list of the messages that are there, `most` at most, waiting for the first."""
        checked_most(most)
        received = [self.receive(timeout)]
        while most is None or len(received) < most:
            try:
                received.append(self.receive(0))
            except (TimeoutError, EOFError):
                break
        return received

    def _become(self, side: str) -> None:
        """Take a side in this process. Raises ValueError after close(), or on the other side."""
        if self._destroyed:
            raise ValueError(f"{self.what} is destroyed: make another one")
        if self.side is not None:
            held = f"is its {self.side}" if self.side in (WRITER, READER) else "has closed it"
            raise ValueError(f"{self.what}: this process {held}, so it cannot be its {side} too")
        self.side = side

    def _mark_closed(self) -> bool:
        """Note that this process has closed its side; says whether it had not done so before."""
        first = self.side != CLOSED
        self.side = CLOSED
        return first

    def _flat(self, message: ReadableBuffer) -> memoryview:
        return checked_message(message, self.what, self.largest_bytes)

    def _broken(self) -> BrokenPipeError:
        return BrokenPipeError(f"{self.what}: its reader has closed, or is gone; nobody will receive this message")

    def _ended(self) -> EOFError:
        return EOFError(f"{self.what} was closed, and every message was received")


def checked_message(message: ReadableBuffer, what: str, largest_bytes: int | None = None) -> memoryview:
    """A flat view of a message's bytes. Raises TypeError for what has none, ValueError for an empty or too long one."""
    try:
        view = memoryview(message)
    except TypeError:
        raise TypeError(f"message is {message!r:.60}: give bytes, or what has a buffer of bytes") from None
    if not view.nbytes:
        raise ValueError(f"the message is empty: through {what} it has at least 1 byte")
    if largest_bytes is not None and view.nbytes > largest_bytes:
        raise ValueError(f"the message has {view.nbytes} bytes: {what} takes at most {largest_bytes}")
    return view if view.format == "B" and view.ndim == 1 and view.contiguous else _flattened(view)


def _flattened(view: memoryview) -> memoryview:
    return view.cast("B") if view.c_contiguous else memoryview(view.tobytes())


def checked_most(most: int | None) -> None:
    """Raise ValueError for a number of messages below 1."""
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):
        raise ValueError(f"most is {most!r}: give a whole number from 1 up, or None for all there are")


def deadline(timeout: float | None) -> float | None:
    """The time on the monotonic clock at which a wait of `timeout` seconds is over; None: never."""
    seconds = checked_timeout(timeout)
    return None if seconds is None else time.monotonic() + seconds


def remaining(end: float) -> float:
    """Seconds until a deadline, at least 0."""
    return max(0.0, end - time.monotonic())
