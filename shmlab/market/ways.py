"""Four ways to tell readers of each new quote. Each is made in the writer's process, which then forks the readers."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import struct
import time
from collections.abc import Callable
from typing import Any

from shmlab.ipc import Mutex, PosixSegment
from shmlab.market.layouts import Board
from shmlab.primitives import pause

STOP_S = 0.05
_PATIENCE_S = 1.0
_LOOKS_EVERY_S = 0.0001  # a reader of memory looks, and sleeps so long
_QUOTE = struct.Struct("<qq")
_BOARD_AT, _MUTEX_AT = 64, 128
MOST_READERS = 32


class Control(ctypes.Structure):
    """What writer and readers of a trial tell each other. `ready`: 1 for each reader that is; `written`: that there is
    a quote, and those that warm up are over; `trying`, `finished`: numbers of the quote that is passed on, and of the
    last one that was; they count while a reader stops; `ended`: that no quote will come; `resumed`: that the reader
    goes on which had stopped.
    """

    _fields_ = (
        ("written", ctypes.c_int64),
        ("trying", ctypes.c_int64),
        ("finished", ctypes.c_int64),
        ("ended", ctypes.c_int64),
        ("resumed", ctypes.c_int64),
        ("ready", ctypes.c_byte * MOST_READERS),
    )


class Way:
    """A way to pass quotes on. `put(bid, ask)` passes one on, `end()` says that it was the last one.

    `read(rank, stops)`: read until the end; return (copies, mixed copies). A mixed copy has an ask that is not its bid
    plus 1. With `stops` the reader stops once for STOP_S in the middle of a copy.
    """

    def __init__(self, stack: contextlib.ExitStack, readers: int) -> None:
        self.readers, self._segment = readers, stack.enter_context(PosixSegment.create(None, size_bytes=256))
        self.control: Any = self._segment.view(Control)
        stack.callback(self.drop)

    def drop(self) -> None:
        """Drop what refers to the segment, so that it can be closed."""
        self.control = None

    def begin(self) -> None:
        """Begin to write, once the readers are forked."""

    def put(self, bid: int, ask: int) -> None:
        """Pass one quote on."""
        raise NotImplementedError

    def end(self) -> None:
        """Say that no quote comes any more."""
        self.control.ended = 1

    def read(self, rank: int, stops: bool) -> tuple[int, int]:
        """Read until the end; return (copies, mixed copies)."""
        copies = mixed = 0
        for bid, ask in self.quotes(rank, stops):
            copies += 1
            mixed += ask != bid + 1
        return copies, mixed

    def quotes(self, rank: int, stops: bool) -> Any:
        """Yield (bid, ask) of each copy until the end."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop for STOP_S, from a moment on at which the writer is in the middle of a quote."""
        until = time.monotonic() + _PATIENCE_S
        while self.control.trying == self.control.finished and time.monotonic() < until:
            pause()
        time.sleep(STOP_S)
        self.control.resumed = 1


class InMemory(Way):
    """A board in shared memory: who reads it looks whenever it likes, and misses quotes."""

    def __init__(self, stack: contextlib.ExitStack, readers: int) -> None:
        super().__init__(stack, readers)
        self.board: Any = self._segment.view(Board, _BOARD_AT)

    def drop(self) -> None:
        """Drop what refers to the segment."""
        super().drop()
        self.board = None

    def quotes(self, rank: int, stops: bool) -> Any:
        """Look, yield what was copied, and sleep."""
        while not self.control.ended:
            if self.control.written:
                copied = self.copy(stops and not self.control.resumed)
                if copied is not None:
                    yield copied
            time.sleep(_LOOKS_EVERY_S)

    def copy(self, stops: bool) -> tuple[int, int] | None:
        """Return (bid, ask), or None."""
        raise NotImplementedError


class Unlocked(InMemory):
    """The board that a learner's two functions write and copy, without a lock."""

    def __init__(
        self, stack: contextlib.ExitStack, readers: int, put: Callable[..., object], copy: Callable[..., Any]
    ) -> None:
        super().__init__(stack, readers)
        self._put, self._copy = put, copy

    def put(self, bid: int, ask: int) -> None:
        """Write the board."""
        self._put(self.board, bid, ask)

    def copy(self, stops: bool) -> tuple[int, int] | None:
        """Copy the board; return None for a copy that is not good."""
        if stops:  # the reader's first step, and then nothing
            _ = self.board.done
            self.stop()
        bid, ask, good = self._copy(self.board)
        return (bid, ask) if good else None


class Locked(InMemory):
    """A board under a mutex."""

    def __init__(self, stack: contextlib.ExitStack, readers: int) -> None:
        super().__init__(stack, readers)
        self._mutex = Mutex.create(self._segment, _MUTEX_AT)

    def drop(self) -> None:
        """Drop what refers to the segment."""
        super().drop()
        self._mutex.close()

    def put(self, bid: int, ask: int) -> None:
        """Write the board under the mutex."""
        with self._mutex:
            self.board.bid = bid
            self.board.ask = ask

    def copy(self, stops: bool) -> tuple[int, int]:
        """Copy the board under the mutex."""
        with self._mutex:
            bid = self.board.bid
            if stops:
                self.stop()
            return bid, self.board.ask


class Pipes(Way):
    """A pipe for each reader, which gets every quote."""

    def __init__(self, stack: contextlib.ExitStack, readers: int) -> None:
        super().__init__(stack, readers)
        self._pipes = [os.pipe() for _ in range(readers)]

    def begin(self) -> None:
        """Close the ends that the readers have."""
        for read_end, _ in self._pipes:
            os.close(read_end)

    def put(self, bid: int, ask: int) -> None:
        """Write into each pipe."""
        packed = _QUOTE.pack(bid, ask)
        for _, write_end in self._pipes:
            os.write(write_end, packed)

    def end(self) -> None:
        """Close the pipes."""
        super().end()
        for _, write_end in self._pipes:
            os.close(write_end)

    def quotes(self, rank: int, stops: bool) -> Any:
        """Yield what comes out of this reader's pipe; pieces of a quote do not come, as each is a write of 16 bytes."""
        for _, write_end in self._pipes:
            os.close(write_end)
        while packed := os.read(self._pipes[rank][0], _QUOTE.size):
            if stops and not self.control.resumed:
                self.stop()
            yield _QUOTE.unpack(packed)


class Queues(Way):
    """A multiprocessing.Queue for each reader, which gets every quote."""

    def __init__(self, stack: contextlib.ExitStack, readers: int) -> None:
        super().__init__(stack, readers)
        self._queues = [multiprocessing.get_context("fork").Queue() for _ in range(readers)]

    def put(self, bid: int, ask: int) -> None:
        """Put it into each queue."""
        for queue in self._queues:
            queue.put((bid, ask))

    def end(self) -> None:
        """Put the last word into each queue, and wait until all has left this process."""
        super().end()
        for queue in self._queues:
            queue.put(None)
            queue.close()
        for queue in self._queues:
            queue.join_thread()

    def quotes(self, rank: int, stops: bool) -> Any:
        """Yield what comes out of this reader's queue."""
        while (quote := self._queues[rank].get()) is not None:
            if stops and not self.control.resumed:
                self.stop()
            yield quote
