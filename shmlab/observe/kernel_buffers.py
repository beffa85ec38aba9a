"""Fill the kernel's own bounded buffers, a pipe and a POSIX message queue, until the writer has to sleep.

Sources: pipe(7), fcntl(2) under F_GETPIPE_SZ, mq_overview(7), proc(5) under /proc/PID/task/TID/stat.
"""

from __future__ import annotations

import array
import contextlib
import dataclasses
import fcntl
import mmap
import os
import pathlib
import select
import termios
import threading
import time
from collections.abc import Callable, Iterator

import posix_ipc

from shmlab.base.table import Table, Tabled
from shmlab.ipc import names

_PIECE = b"." * mmap.PAGESIZE  # a pipe keeps its bytes in pages: the writer goes on when a whole one is empty
_MESSAGE_BYTES = 64
_LOOK_EVERY_S, _DEADLINE_S = 0.005, 20


@dataclasses.dataclass(frozen=True)
class Filled:
    """Hold what became of one buffer. `says`: its size as the kernel tells it; `took`: what it took before the writer
    slept; `slept`: whether it did; `went_on`: whether it went on after one piece had been taken out.
    """

    buffer: str
    says: str
    took: str
    slept: bool
    went_on: bool


@dataclasses.dataclass(frozen=True, repr=False)
class KernelBuffers(Tabled):
    """Hold what became of each of the kernel's buffers. `missing`: why there is no message queue here, or ""."""

    filled: tuple[Filled, ...]
    missing: str = ""

    def table(self) -> Table:
        """Return a Table with a row for each buffer."""
        headings = ("buffer", "its size, says the kernel", "it took", "then the writer", "one piece read: the writer")
        rows = tuple(
            (one.buffer, one.says, one.took, "sleeps" if one.slept else "does not sleep",
             "goes on" if one.went_on else "does not go on")
            for one in self.filled
        )  # fmt: skip
        return Table("", headings, rows, self.missing)


def fill_kernel_buffers(messages: int = 10) -> KernelBuffers:
    """Fill a pipe, and a POSIX message queue of so many `messages` (its maxmsg), until the writer, a thread of this
    process, sleeps; then take one piece out. Return KernelBuffers. Raises ValueError for more messages than
    /proc/sys/fs/mqueue/msg_max allows."""
    filled, missing = [_fill_pipe()], ""
    try:
        filled.append(_fill_queue(messages))
    except OSError as error:  # a kernel without them, or no room left by ulimit -q
        missing = f"There is no POSIX message queue to fill here: {error}"
    return KernelBuffers(tuple(filled), missing)


def _fill_pipe() -> Filled:
    reader, writer = os.pipe()
    try:
        size = fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ)
        pieces = size // len(_PIECE)
        thread = _Writer(lambda: os.write(writer, _PIECE), pieces + 1)
        with thread.ended(lambda: os.read(reader, len(_PIECE))):
            slept = thread.sleeps(lambda: _bytes_in(reader) == size)
            took = f"{thread.written} pieces of {len(_PIECE):,} bytes"
            os.read(reader, len(_PIECE))
            went_on = thread.done()
    finally:
        os.close(reader)
        os.close(writer)
    return Filled("pipe", f"{size:,} bytes (F_GETPIPE_SZ)", took, slept, went_on)


def _bytes_in(descriptor: int) -> int:
    found = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, found)
    return found[0]


def _fill_queue(messages: int) -> Filled:
    queue = posix_ipc.MessageQueue(names.random_name(), posix_ipc.O_CREX, mode=0o600, max_messages=messages,
                                   max_message_size=_MESSAGE_BYTES)  # fmt: skip
    queue.unlink()
    try:
        thread = _Writer(lambda: queue.send(b"."), messages + 1)
        with thread.ended(queue.receive):
            slept = thread.sleeps(lambda: queue.current_messages == messages)
            took = f"{thread.written} messages"
            queue.receive()
            went_on = thread.done()
        return Filled("POSIX message queue", f"{queue.max_messages} messages (mq_maxmsg)", took, slept, went_on)
    finally:
        queue.close()


class _Writer:
    """Call `write()` in a thread so many `times`. `written`: how often that came back."""

    def __init__(self, write: Callable[[], object], times: int) -> None:
        self._write, self._times, self.written = write, times, 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        for _ in range(self._times):
            self._write()
            self.written += 1

    @contextlib.contextmanager
    def ended(self, read: Callable[[], object]) -> Iterator[None]:
        """Run the thread during a with-block, and at its end, however it ends, `read()` until the thread can end."""
        self._thread.start()
        try:
            yield
        finally:
            while self._thread.is_alive():
                if self.written < self._times and self._state() == "S":
                    read()
                self._thread.join(_LOOK_EVERY_S)

    def sleeps(self, full: Callable[[], bool]) -> bool:
        """Return whether the thread sleeps in its last call, with the buffer `full()`, before a deadline."""
        return _soon(lambda: self.written == self._times - 1 and full() and self._state() == "S")

    def done(self) -> bool:
        """Return whether the thread ends before a deadline."""
        return _soon(lambda: self.written == self._times)

    def _state(self) -> str:
        """Return the state of the thread as one letter: S where the kernel has put it to sleep."""
        with contextlib.suppress(OSError):
            place = pathlib.Path("/proc/self/task", str(self._thread.native_id), "stat")
            return place.read_text().rpartition(")")[2].split()[0]
        return ""


def _soon(what: Callable[[], bool]) -> bool:
    """Return whether a question is answered with yes before a deadline."""
    deadline = time.monotonic() + _DEADLINE_S
    while not what():
        if time.monotonic() > deadline:
            return False
        select.select([], [], [], _LOOK_EVERY_S)
    return True
