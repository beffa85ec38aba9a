"""Messages of any size through a ring in shared memory: one writer, one reader, no lock.

A message is copied twice, in and out, without a system call. A side waits only when it finds the ring full or empty,
in one of four ways, and only then has the other side to wake it. The bytes are described in ring.h. The code is in C
where this installation has the C extension, and in Python where it has not; one ring may have one of each at its ends.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from shmlab import ipc, primitives
from shmlab.transports.ring import layout as layout
from shmlab.transports.ring import pure_verbs
from shmlab.transports.ring.layout import FUTEX, POSIX, SPIN, SYSV, WAITING
from shmlab.transports.ring.sides import Peers

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_VERBS = ("send", "send_many", "receive", "receive_many", "reserve", "commit", "peek", "release")
_rings: weakref.WeakSet[Ring] = weakref.WeakSet()


class Ring:
    """A first-in first-out ring of messages, made by `create` in one process and found by `attach` in another.

    A forked child has it too, and a worker gets it as an argument. The process that sends first is the writer, the one
    that receives first is the reader; no other process can take their place. A wait raises TimeoutError after
    `timeout` seconds, and ConnectionResetError, within a second, when the other process has died. At a time-out a
    message of which some pieces were sent already is taken back.
    """

    def __init__(self, segment: ipc.PosixSegment, semaphores: tuple[Any, ...], *, native: bool, maker: bool) -> None:
        self._segment: Any = segment  # None once it is destroyed
        self._semaphores = semaphores
        self._native = native
        self._maker_pid = os.getpid() if maker else None
        header = segment.view(layout.Header)
        self._waiting = next(name for name, number in WAITING.items() if number == header.waiting)
        self._capacity_bytes = header.capacity_bytes
        self._peers = Peers(f"ring {segment.name!r}", header, semaphores)
        make_end = primitives.need_native().RingEnd if native else pure_verbs.RingEnd
        self._end = make_end(segment.buffer, self._peers)
        for verb in _VERBS:  # directly: one more Python call would take as long as a native message
            setattr(self, verb, getattr(self._end, verb))
        _rings.add(self)

    @classmethod
    def create(
        cls,
        name: str | None = None,
        *,
        capacity_bytes: int | None = None,
        waiting: str | None = None,
        native: bool | None = None,
    ) -> Self:
        """Create a ring. `name`: as of PosixSegment. `capacity_bytes`: by default twice the second-level cache.

        `waiting`: "posix" or "sysv" (a semaphore of that kind), "spin", or "futex" (spins briefly, then sleeps); by
        default futex, and posix without the C extension. `native`: False for plain Python, which has only the
        semaphores. Raises what PosixSegment.create raises, ValueError for another capacity or way of waiting,
        NotImplementedError where the C extension is needed and missing.
        """
        native = _checked_native(native)
        waiting = waiting or (FUTEX if native else POSIX)
        if waiting not in WAITING:
            raise ValueError(f"waiting is {waiting!r}: choose from {', '.join(WAITING)}")
        _check_waiting(waiting, native)
        capacity = layout.checked_capacity(
            layout.default_capacity_bytes() if capacity_bytes is None else capacity_bytes
        )
        made: list[Any] = []
        try:
            made.append(ipc.PosixSegment.create(name, layout.DATA_OFFSET + capacity))
            if waiting in (POSIX, SYSV):
                for _ in layout.SIDES:
                    made.append(ipc.Semaphore.create(0, ipc=waiting))
            segment, *semaphores = made
            _write_header(segment.view(layout.Header), capacity, waiting, semaphores)
            segment.prefault()
            return cls(segment, tuple(semaphores) or (None, None), native=native, maker=True)
        except BaseException:
            for one in made:
                one.destroy()
            raise

    @classmethod
    def attach(cls, name: str, *, native: bool | None = None) -> Self:
        """Return the ring that another process created under `name`. `native`: as of create.

        Raises FileNotFoundError, PermissionError, and ValueError when the segment holds no ring, or one of another
        version or machine.
        """
        segment = ipc.PosixSegment.open(name)
        semaphores: list[Any] = []
        try:
            waiting, names = _read_header(segment)
            native = _checked_native(native)
            _check_waiting(waiting, native)
            if waiting == POSIX:
                semaphores = [ipc.PosixSemaphore.open(one) for one in names]
            elif waiting == SYSV:
                semaphores = [ipc.SysvSemaphore.open(int(one)) for one in names]
            segment.prefault()
            return cls(segment, tuple(semaphores) or (None, None), native=native, maker=False)
        except BaseException:
            for one in (segment, *semaphores):
                one.close()
            raise

    @property
    def name(self) -> str:
        """The POSIX name of its segment, by which `attach` finds it."""
        return self._segment.name

    @property
    def waiting(self) -> str:
        """How a side waits for the other: "posix", "sysv", "spin" or "futex"."""
        return self._waiting

    @property
    def native(self) -> bool:
        """Whether this end of the ring runs in C."""
        return self._native

    @property
    def capacity_bytes(self) -> int:
        """The room for records, in bytes: 16 for each record and its payload, in whole lines of 64 bytes."""
        return self._capacity_bytes

    def send(self, message: ReadableBuffer, timeout: float | None = None) -> None:
        """Copy a message of any size into the ring, waiting for room; a long one goes in pieces.

        Raises TypeError for an object without bytes, ValueError for an empty message, TimeoutError after `timeout`
        seconds, BrokenPipeError when the reader has closed.
        """
        return self._end.send(message, timeout)

    def send_many(self, messages: Iterable[ReadableBuffer], timeout: float | None = None) -> int:
        """Send all messages, and wake the reader at most once for all that fit; return how many were sent.

        Those that were sent before a time-out stay sent. Raises TimeoutError when none was, and what send raises.
        """
        return self._end.send_many(messages, timeout)

    def receive(self, timeout: float | None = None) -> bytes:
        """Return the oldest message as bytes, waiting for one up to `timeout` seconds.

        Raises TimeoutError, and EOFError when the writer has closed and every message was received.
        """
        return self._end.receive(timeout)

    def receive_many(self, most: int | None = None, timeout: float | None = None) -> list[bytes]:
        """Return a list of the messages that are there, at most `most`, waiting up to `timeout` seconds for the first.

        Raises ValueError for a `most` below 1, and what receive raises.
        """
        return self._end.receive_many(most, timeout)

    def reserve(self, size_bytes: int, timeout: float | None = None) -> memoryview:
        """Return a writable view of `size_bytes` bytes in the ring, to fill and then send by `commit`: no copy.

        Raises ValueError when they are more than the capacity less 16, TimeoutError after `timeout` seconds.
        """
        return self._end.reserve(size_bytes, timeout)

    def commit(self) -> None:
        """Send the bytes in the reserved place; its view cannot be used any more. Raises ValueError without one."""
        return self._end.commit()

    def peek(self, timeout: float | None = None) -> memoryview:
        """Return a read-only view of the oldest message in the ring itself: no copy, unless it came in pieces.

        Raises what receive raises.
        """
        return self._end.peek(timeout)

    def release(self) -> None:
        """Remove the message that `peek` showed; its view cannot be used any more. Raises ValueError without one."""
        return self._end.release()

    def close(self) -> None:
        """Close the side that this process has. After the writer's close the reader gets what was sent, then EOFError.

        A process that has neither side closes each side that no other process has taken.
        """
        self._check_there()
        for side in self._peers.close():
            self._end.leave(side)

    def destroy(self) -> None:
        """Unmap it in this process; the process that created it also removes it. A second call does nothing.

        Raises BufferError, and changes nothing, while arrays made from its views exist.
        """
        if self._segment is None:
            return
        self._end.detach()
        self._peers.detach()
        try:
            self._segment.close()
        except BufferError:
            self._peers.attach(self._segment.view(layout.Header))
            self._end.attach(self._segment.buffer)
            raise
        segment, self._segment = self._segment, None
        for one in (segment, *filter(None, self._semaphores)):
            one.close()
            if self._maker_pid == os.getpid():
                one.destroy()

    def _check_there(self):
        if self._segment is None:
            raise ValueError("the ring is destroyed, or was let go of, in this process")

    def _part(self):
        self._peers.part()
        self._end.part()

    def __enter__(self) -> Self:
        self._check_there()
        return self

    def __exit__(self, *_: object) -> None:
        self.destroy()

    def __reduce__(self) -> tuple[Any, ...]:
        self._check_there()
        return _attach, (self.name, self._native)

    def __repr__(self) -> str:
        if self._segment is None:
            return "<Ring, destroyed>"
        how = "native" if self._native else "pure Python"
        return f"<Ring {self.name!r}, {self.capacity_bytes} bytes, {self.waiting}, {how}>"


def _attach(name, native):
    return Ring.attach(name, native=native)


def _part_all():
    for ring in _rings:
        ring._part()


os.register_at_fork(after_in_child=_part_all)


def _checked_native(native):
    if native:
        primitives.need_native()
    return primitives.native_atomics() if native is None else bool(native)


def _check_waiting(waiting, native):
    if not native and waiting in (SPIN, FUTEX):
        if not primitives.native_atomics():
            raise NotImplementedError(f"a ring that waits by {waiting!r} needs the C part: {primitives.NO_NATIVE}")
        raise NotImplementedError(f'waiting is {waiting!r}: plain Python (native=False) has "posix" and "sysv" only')


def _write_header(header, capacity, waiting, semaphores):
    header.version, header.byte_order, header.word_bytes = layout.VERSION, layout.BYTE_ORDER, layout.WORD_BYTES
    header.waiting = WAITING[waiting]
    header.capacity_bytes, header.data_offset = capacity, layout.DATA_OFFSET
    if semaphores:
        names = [str(one.name if waiting == POSIX else one.key).encode() for one in semaphores]
        header.writer_semaphore, header.reader_semaphore = names
    header.magic = layout.MAGIC


def _read_header(segment):
    """Return (how it waits, the names of its semaphores). Raise ValueError when the segment holds no ring for us."""
    if segment.size_bytes < ctypes.sizeof(layout.Header):
        raise ValueError(f"{segment.what} holds no ring: it has only {segment.size_bytes} bytes")
    header = layout.Header.from_buffer_copy(segment.buffer)  # an error would keep a view of it alive
    layout.check(header, segment.size_bytes, segment.what)
    waiting = next(name for name, number in WAITING.items() if number == header.waiting)
    return waiting, (header.writer_semaphore.decode(), header.reader_semaphore.decode())
