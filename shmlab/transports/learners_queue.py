"""A queue in one segment whose send and receive a learner wrote, under the verbs of a transport.

The learner's functions see a queue with slots, a mutex and a condition, as in a check. The rest is here: the segment,
time-outs, and the news that the other side has closed or is dead. A wait for the condition brings that news: it raises
TimeoutError, EOFError or BrokenPipeError through the learner's function, which so far has changed nothing.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from shmlab.ipc import Condition, Mutex, OwnerDied, PosixSegment
from shmlab.primitives import timed_out
from shmlab.transports.lifelines import Lifelines
from shmlab.transports.transport import CLOSED, READER, WRITER, Transport, deadline, remaining

SLOTS = 16
_LINE_BYTES = 64
_SLICE_S = 0.05  # a waiting side looks this often whether the other one is alive
_MUTEX, _CONDITION, _HEADER, _SLOTS = range(0, 4 * _LINE_BYTES, _LINE_BYTES)  # offsets in the segment


class _Header(ctypes.Structure):
    _fields_ = (("sent", ctypes.c_int64), ("taken", ctypes.c_int64), ("closed", ctypes.c_int64))
    slots: list[_Slot]


class _Slot(ctypes.Structure):
    """A slot: numbers for the learner, the length of its message in bytes, and `words`, the message."""

    _fields_ = tuple((name, ctypes.c_int64) for name in ("state", "owner", "number", "length_bytes"))
    room: memoryview

    @property
    def words(self) -> _Words:
        return _Words(self)

    @words.setter
    def words(self, message: Any) -> None:
        _Words(self)[:] = message


class _Words:
    """The message in a slot; it is copied in and out as a whole."""

    __slots__ = ("_slot",)

    def __init__(self, slot: _Slot) -> None:
        self._slot = slot

    def __len__(self) -> int:
        return int(self._slot.length_bytes)

    def __getitem__(self, place: Any) -> Any:
        return bytes(self._slot.room[: self._slot.length_bytes])[place]

    def __setitem__(self, place: Any, message: Any) -> None:
        if place != slice(None):
            raise TypeError(f"words[{place!r}] is set alone: copy the whole message in, slot.words[:] = message")
        length = len(message)
        self._slot.length_bytes = length
        self._slot.room[:length] = message


class _Lock:
    """The mutex: the verbs that a learner knows. A dead owner's mutex is taken over, as if it had been given back."""

    def __init__(self, mutex: Mutex) -> None:
        self._mutex = mutex

    def acquire(self) -> bool:
        try:
            return self._mutex.acquire()
        except OwnerDied:
            self._mutex.consistent()
            return True

    def release(self) -> None:
        self._mutex.release()

    def __enter__(self) -> _Lock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self._mutex.release()


class _Changed:
    """The condition. Its wait ends, too, when the time is up, or when the other side is gone."""

    def __init__(self, channel: LearnersQueue, condition: Condition) -> None:
        self._channel, self._condition = channel, condition
        self.notify, self.notify_all = condition.notify, condition.notify_all
        self._end: float | None = None
        self._timeout: float | None = None
        self._gone = False

    def begin(self, timeout: float | None) -> None:
        """Begin a send or a receive that may take so many seconds."""
        self._end, self._timeout, self._gone = deadline(timeout), timeout, False

    def wait(self) -> bool:
        if self._gone:  # and the learner's function has looked once more since then
            raise self._channel.farewell()
        self._gone = self._channel.other_is_gone()
        if self._gone:
            return True
        if self._end is not None and not remaining(self._end):
            raise timed_out(self._channel.what, self._timeout, "given room or a message")
        try:
            self._condition.wait(_SLICE_S if self._end is None else min(_SLICE_S, remaining(self._end)))
        except TimeoutError:
            pass
        except OwnerDied:
            self._channel.mutex.consistent()
        return True


class LearnersQueue(Transport):
    """A queue in a segment. `send(queue, message, mutex, changed)` and `receive(queue, mutex, changed)` move messages;
    `queue` has sent, taken and slots, a slot has state, owner, number and words. `slots`: how many. `slot_bytes`: the
    longest message. Raises ValueError where one of them is below 1.

    >>> def send(queue, message, mutex, changed):
    ...     with mutex:
    ...         queue.slots[0].words[:] = message
    ...         changed.notify_all()
    >>> channel = LearnersQueue(send, None, slots=1)
    >>> channel.send(b"a message")
    >>> channel.destroy()
    """

    what = "the learner's queue"

    def __init__(
        self, send: Callable[..., Any] | None, receive: Callable[..., Any] | None, slot_bytes: int = 4096, *,
        slots: int = SLOTS,
    ) -> None:  # fmt: skip
        super().__init__()
        for name, number in (("slot_bytes", slot_bytes), ("slots", slots)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise ValueError(f"{name} is {number!r}: give a whole number from 1 up")
        self.largest_bytes = slot_bytes
        self._send, self._receive = send, receive
        room = -(-slot_bytes // _LINE_BYTES) * _LINE_BYTES
        self._segment = PosixSegment.create(None, _SLOTS + slots * (_LINE_BYTES + room))
        self.mutex = Mutex.create(self._segment, _MUTEX)
        self._condition = Condition.create(self.mutex, self._segment, _CONDITION)
        self._lock, self._changed = _Lock(self.mutex), _Changed(self, self._condition)
        self._queue: _Header | None = self._segment.view(_Header, _HEADER)
        self._queue.slots = [self._slot(_SLOTS + place * (_LINE_BYTES + room), room) for place in range(slots)]
        self._lifelines = Lifelines()

    def _slot(self, offset: int, room: int) -> _Slot:
        slot = self._segment.view(_Slot, offset)
        slot.room = self._segment.buffer[offset + _LINE_BYTES : offset + _LINE_BYTES + room]
        return slot

    def send(self, message: Any, timeout: float | None = None) -> None:
        if self.side is not WRITER:
            self._begin(WRITER)
        view = self._flat(message)
        self._changed.begin(timeout)
        if self._queue is None or self._queue.closed or self._send is None:
            raise self._broken()
        try:
            self._send(self._queue, view, self._lock, self._changed)
        except BaseException:
            self._give_mutex_back()
            raise

    def receive(self, timeout: float | None = None) -> bytes:
        if self.side is not READER:
            self._begin(READER)
        self._changed.begin(timeout)
        if self._receive is None:
            raise self._ended()
        try:
            message = self._receive(self._queue, self._lock, self._changed)
        except BaseException:
            self._give_mutex_back()
            raise
        return message if type(message) is bytes else bytes(message)

    def _give_mutex_back(self) -> None:
        """Release the mutex if an error has left the learner's function with the mutex in hand."""
        if self.mutex.held():
            self.mutex.release()

    def _begin(self, side: str) -> None:
        self._become(side)
        self._lifelines.let_go(side)

    def other_is_gone(self) -> bool:
        """Return whether every process on the other side has closed or is dead."""
        return self._lifelines.gone(READER if self.side == WRITER else WRITER)

    def farewell(self) -> Exception:
        """Return the error that says so."""
        return self._broken() if self.side == WRITER else self._ended()

    def close(self) -> None:
        side = self.side
        if self._mark_closed():
            if side == READER and self._queue is not None:
                self._queue.closed = 1
            self._lifelines.let_go(None)
            if side != CLOSED:
                with self._lock:
                    self._condition.notify_all()  # who waits for this side sees that it is gone

    def destroy(self) -> None:
        if not self._destroyed:
            super().destroy()
            if self._queue is not None:
                while self._queue.slots:
                    self._queue.slots.pop().room.release()
            self._queue = None
            self._condition.close()
            self.mutex.close()
            self._segment.close()
            self._segment.unlink()
