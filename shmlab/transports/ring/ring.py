"""Messages of any size through a ring in shared memory: one writer, one reader, no lock.

A message is copied twice, in and out, by no system call. Only who finds the ring full or empty
waits, in one of four ways, and only then is there anybody to be woken. The bytes are those of
ring.h, in C where this installation has its C part and in Python where it has not: both can be at
the two ends of one ring.
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
    """A first-in first-out ring of bytes, made by `create` in one process and found by `attach` in others.

    A forked child has it too, and a worker gets it as an argument. Who sends first is the writer, who
    receives first is the reader; no other process can take their place. Every wait can be given a
    `timeout` in seconds, and ends in TimeoutError then; in ConnectionResetError, within a second, when
    the other process has died. A time-out takes back a message of which some pieces were sent already.
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
        for verb in _VERBS:  # called without a step between, which would cost as much as a native message
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
        """Make a ring. `capacity_bytes`: twice the second-level cache unless said. `name`: as a segment's.

        `waiting`: "posix" or "sysv" (a semaphore of that kind), "spin", or "futex" (spins briefly, then
        sleeps); futex unless said, and posix without the C part. `native`: False for plain Python, which
        has only the semaphores. Raises what PosixSegment.create raises, ValueError for a capacity or word that
        cannot be, NotImplementedError without the C part that was asked for.
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
        """The ring that another process made under `name`. See `create` for `native`.

        Raises FileNotFoundError, and ValueError when there is no ring, or one of another version or machine.
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
        """How a side waits for the other: posix, sysv, spin or futex."""
        return self._waiting

    @property
    def native(self) -> bool:
        """Whether this end of it is the one in C."""
        return self._native

    @property
    def capacity_bytes(self) -> int:
        """Room for records; each message has 16 bytes more, and takes whole cache lines of 64 bytes."""
        return self._capacity_bytes

    def send(self, message: ReadableBuffer, timeout: float | None = None) -> None:
        """Copy a message of any size into the ring, waiting for room; in pieces when it is long.

        Raises ValueError for an empty one, BrokenPipeError when the reader has closed.
        """
        return self._end.send(message, timeout)

    def send_many(self, messages: Iterable[ReadableBuffer], timeout: float | None = None) -> int:
        """Send them all, and wake the reader at most once for all that fits; returns how many went.

        Those that went before a time-out stay sent; only when there are none is it a TimeoutError.
        """
        return self._end.send_many(messages, timeout)

    def receive(self, timeout: float | None = None) -> bytes:
        """The oldest message as bytes, waiting for one. Raises EOFError when the writer has closed and all is read."""
        return self._end.receive(timeout)

    def receive_many(self, most: int | None = None, timeout: float | None = None) -> list[bytes]:
        """A list of the messages that are there, `most` at most, waiting for the first."""
        return self._end.receive_many(most, timeout)

    def reserve(self, size_bytes: int, timeout: float | None = None) -> memoryview:
        """A writable view of so many bytes in the ring itself, to be filled, then sent by `commit`: no copy.

        Raises ValueError when they are more than the capacity less 16.
        """
        return self._end.reserve(size_bytes, timeout)

    def commit(self) -> None:
        """Send what stands in the reserved place; its view cannot be used any more."""
        return self._end.commit()

    def peek(self, timeout: float | None = None) -> memoryview:
        """A read-only view of the oldest message in the ring itself: no copy, unless it came in pieces."""
        return self._end.peek(timeout)

    def release(self) -> None:
        """Done with the message that `peek` showed; its view cannot be used any more."""
        return self._end.release()

    def close(self) -> None:
        """The last word of the side that this process has: what is left is received, then comes the end.

        Who has neither side closes both, unless somebody else has taken one.
        """
        self._check_there()
        for side in self._peers.close():
            self._end.leave(side)

    def destroy(self) -> None:
        """Let go of it in this process; its maker also takes it away from the kernel. A second call does nothing.

        Raises BufferError, and changes nothing, while arrays made from its views are alive.
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
    """(how it waits, the names of its semaphores). Raises ValueError when the segment holds no ring for us."""
    if segment.size_bytes < ctypes.sizeof(layout.Header):
        raise ValueError(f"{segment.what} holds no ring: it has only {segment.size_bytes} bytes")
    header = layout.Header.from_buffer_copy(segment.buffer)  # an error would keep a view of it alive
    layout.check(header, segment.size_bytes, segment.what)
    waiting = next(name for name, number in WAITING.items() if number == header.waiting)
    return waiting, (header.writer_semaphore.decode(), header.reader_semaphore.decode())
