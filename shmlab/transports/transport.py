"""The methods that every transport has, and what transports share: sides, deadlines, checks."""

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
    """A channel that carries messages from one process to another, in order; each has at least one byte.

    One process creates it and then forks, so that both have it. The process that sends is the writer, the one that
    receives is the reader: each closes the other's end when it uses its own for the first time.
    """

    what = "the transport"  # as errors name it
    largest_bytes: int | None = None  # None: messages of any size

    def __init__(self) -> None:
        self.side: str | None = None
        self._destroyed = False

    @abc.abstractmethod
    def send(self, message: ReadableBuffer, timeout: float | None = None) -> None:
        """Send one message, waiting for room, up to `timeout` seconds.

        Raises ValueError for an empty message or one longer than `largest_bytes`, TypeError for an object without
        bytes, TimeoutError (then it was not sent), BrokenPipeError when the reader has closed.
        """

    @abc.abstractmethod
    def receive(self, timeout: float | None = None) -> bytes:
        """Return the oldest message as bytes, waiting for one up to `timeout` seconds.

        Raises TimeoutError, and EOFError when the writer has closed and every message was received.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Close the side of this process. After the writer's close the reader gets what was sent, then EOFError."""

    def destroy(self) -> None:
        """Give everything back to the system, in the process that created it. A second call does nothing."""
        if not self._destroyed:
            self.close()
            self._destroyed = True

    def send_many(self, messages: Iterable[ReadableBuffer], timeout: float | None = None) -> int:
        """Send all messages, within `timeout` seconds together; return how many were sent.

        Those that were sent before a time-out stay sent. Raises TimeoutError when none was, and what send raises.
        """
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
        """Return a list of the messages that are there, at most `most`, waiting up to `timeout` seconds for the first.

        Raises ValueError for a `most` below 1, and what receive raises.
        """
        checked_most(most)
        received = [self.receive(timeout)]
        while most is None or len(received) < most:
            try:
                received.append(self.receive(0))
            except (TimeoutError, EOFError):
                break
        return received

    def _become(self, side: str) -> None:
        """Take a side in this process. Raise ValueError when it has the other side, or has closed."""
        if self._destroyed:
            raise ValueError(f"{self.what} is destroyed: make another one")
        if self.side is not None:
            held = f"is its {self.side}" if self.side in (WRITER, READER) else "has closed it"
            raise ValueError(f"{self.what}: this process {held}, so it cannot be its {side} too")
        self.side = side

    def _mark_closed(self) -> bool:
        """Record that this process has closed its side; return whether it was open before."""
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
    """Return a flat view of a message's bytes.

    Raise TypeError if it has none, ValueError if they are too few or many.
    """
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
    """Return the time on the monotonic clock at which a wait of `timeout` seconds is over; None: never."""
    seconds = checked_timeout(timeout)
    return None if seconds is None else time.monotonic() + seconds


def remaining(end: float) -> float:
    """Return the seconds until a deadline, at least 0."""
    return max(0.0, end - time.monotonic())
