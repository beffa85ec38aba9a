"""Log the story of shared memory: who created, attached, detached and removed what, and what failed.

Each event is a line of JSON, appended by one write(2) to a file opened with O_APPEND, so that lines of several
processes do not mix. The order of events comes from a counter in shared memory, which each event takes the next number
of in one step of the processor: clocks can be set back and have too few digits. Sources: write(2), open(2), Lamport,
"Time, clocks, and the ordering of events in a distributed system" (1978).
"""

from __future__ import annotations

import ctypes
import dataclasses
import errno
import fcntl
import json
import os
import pathlib
import time
from collections.abc import Callable
from typing import Any, Self

from shmlab.base.table import Table, Tabled
from shmlab.ipc import PosixSegment
from shmlab.primitives import fetch_add, native_atomics

CREATE, ATTACH, FAIL, DETACH, REMOVE = EVENTS = ("create", "attach", "fail", "detach", "remove")


@dataclasses.dataclass(frozen=True)
class Logged:
    """Hold one line of a log.

    `number`: its place in the order of all events. `time_ns`: what the writer's clock said, since 1970. `object`: name,
    key or id. `id`: of a System V object. `size_bytes`: of the object. `error`: name of the errno, as "ENOSPC".
    `during`: the call that failed, "create", "attach" …
    """

    number: int
    time_ns: int
    pid: int
    event: str
    object: str | int
    id: int | None = None
    size_bytes: int | None = None
    error: str | None = None
    during: str | None = None


class Story(Tabled, tuple[Logged, ...]):
    """Hold logged events in an order; print them as a table, with times in ms since the earliest."""

    def table(self) -> Table:
        """Return a Table with one row for each event."""
        start = min((one.time_ns for one in self), default=0)
        rows = tuple(
            (str(one.number), f"{(one.time_ns - start) / 1e6:.3f}", str(one.pid),
             one.event + (f" ({one.during})" if one.during else ""), str(one.object),
             "" if one.size_bytes is None else str(one.size_bytes), one.error or "")
            for one in self
        )  # fmt: skip
        return Table(
            "", ("number", "its clock, ms after the earliest", "pid", "event", "object", "bytes", "errno"), rows
        )


class EventLog:
    """Write to a log of several processes; make it with `create`, and with `open` in a program that has its path.

    Passed to `start`, it is the same log there. The order is that of the counter: an event that was logged before
    another one began has the lower number. So log "create" before you tell anybody the name, and "remove" before you
    remove. At the end of a with-block its creator removes the counter; the file stays.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, EventLog.create(folder + "/log") as log:
    ...     first = log.add("create", "/scores", size_bytes=4096)
    ...     second = log.fail("attach", "/score", FileNotFoundError(2, "no such segment"))
    ...     [(one.number, one.event, one.object, one.error) for one in log.story()]
    [(1, 'create', '/scores', None), (2, 'fail', '/score', 'ENOENT')]
    """

    def __init__(self, path: str | os.PathLike[str], counter: PosixSegment, clock: Callable[[], int]) -> None:
        self.path = pathlib.Path(path)
        self._segment, self._clock = counter, clock
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    @classmethod
    def create(cls, path: str | os.PathLike[str], *, clock: Callable[[], int] = time.time_ns) -> Self:
        """Create the file, which must not exist, and the counter. `clock`: returns ns since 1970. Raises OSError."""
        segment = PosixSegment.create(None, ctypes.sizeof(_Counter))
        try:
            with open(path, "x") as file:
                file.write(json.dumps({"counter": segment.name}) + "\n")
            return cls(path, segment, clock)
        except BaseException:
            segment.close()
            segment.unlink()
            raise

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, clock: Callable[[], int] = time.time_ns) -> Self:
        """Open a log that another process created. Raises FileNotFoundError when the file or its counter is gone."""
        with open(path) as file:
            name = json.loads(file.readline())["counter"]
        return cls(path, PosixSegment.open(name), clock)

    def add(self, event: str, object: str | int, *, id: int | None = None, size_bytes: int | None = None) -> int:
        """Log "create", "attach", "detach" or "remove"; return the event's number. Raises ValueError, OSError."""
        if event not in EVENTS:
            raise ValueError(f"event is {event!r}: one of {', '.join(EVENTS)}")
        return self._write(event=event, object=object, id=id, size_bytes=size_bytes)

    def fail(self, during: str, object: str | int, error: OSError) -> int:
        """Log that a call failed: `during` "create" or "attach", say. Return the event's number."""
        name = errno.errorcode.get(error.errno or 0, str(error.errno))
        return self._write(event=FAIL, object=object, error=name, during=during)

    def story(self, order: str = "number") -> Story:
        """Return what all processes have logged, as a Story. `order`: "number", "time_ns", or "file", as it stands in
        the file. Raises ValueError for any other order."""
        return read_log(self.path, order)

    def close(self) -> None:
        """Close file and counter in this process; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._segment.close()

    def _write(self, **fields: Any) -> int:
        number = self._next()
        event = Logged(number=number, time_ns=self._clock(), pid=os.getpid(), **fields)
        known = {key: value for key, value in dataclasses.asdict(event).items() if value is not None}
        line = json.dumps(known).encode() + b"\n"
        if os.write(self._file, line) != len(line):
            raise OSError(errno.ENOSPC, f"the log {self.path} has room for a part of a line only")
        return number

    def _next(self) -> int:
        counter = self._segment.view(_Counter)
        if native_atomics():
            return fetch_add(counter, "events", 1) + 1
        fcntl.flock(self._file, fcntl.LOCK_EX)  # an installation without the C part
        try:
            counter.events += 1
            return int(counter.events)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()
        self._segment.__exit__(*error)

    def __reduce__(self) -> tuple[Any, ...]:
        return _opened, (str(self.path), self._segment, self._clock)


class _Counter(ctypes.Structure):
    _fields_ = (("events", ctypes.c_int64),)


def _opened(path: str, counter: PosixSegment, clock: Callable[[], int]) -> EventLog:
    return EventLog(path, counter, clock)


def read_log(path: str | os.PathLike[str], order: str = "number") -> Story:
    """Return the events in a log's file as a Story; see EventLog.story. A line that a crash cut short is left out."""
    if order not in ("number", "time_ns", "file"):
        raise ValueError(f'order is {order!r}: choose "number", "time_ns" or "file"')
    events = []
    for line in pathlib.Path(path).read_text().splitlines():
        try:
            fields = json.loads(line)
        except ValueError:
            continue
        if "event" in fields:
            events.append(Logged(**fields))
    return Story(events if order == "file" else sorted(events, key=lambda one: getattr(one, order)))
