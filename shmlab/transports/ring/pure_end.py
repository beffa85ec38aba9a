"""What both sides of a ring in plain Python need: the memory, the sides, the waiting and the waking.

A side stores its count, then looks whether the other side waits; between the two a memory fence is needed, as ring.h
explains, and Python has none. To release a lock and to acquire it again has the same effect: both are atomic
instructions. On processors that reorder more than x86 does, there is one before each store of a count, too.
"""

import contextlib
import math
import platform
import threading
import time

from shmlab.transports.ring.layout import PIECES, READER, WRITER, Header, Side

ORDERED = platform.machine() in ("x86_64", "AMD64", "i686")
HEAD, TAIL = Header.head.offset // 8, Header.tail.offset // 8
_SLICE_S = 0.1  # how often, at least, a waiting side looks whether the other is alive
_WANTED = tuple((side.offset + Side.wanted.offset) // 8 for side in (Header.writer, Header.reader))
_WAITING = tuple((side.offset + Side.waiting.offset) // 4 for side in (Header.writer, Header.reader))
_CLOSED = tuple((side.offset + Side.closed.offset) // 4 for side in (Header.writer, Header.reader))
WRITER_STATE, READER_STATE = (waiting // 2 for waiting in _WAITING)  # `waiting` and `closed`, as one word


class PureEnd:
    """One process's end of a ring, without its verbs."""

    def __init__(self, memory, peers):
        self._peers = peers
        lock = threading.Lock()
        lock.acquire()
        self._give_back, self._take_again = lock.release, lock.acquire
        self._memory = None
        self.part()
        self.attach(memory)

    def attach(self, memory):
        self._memory, self._words, self._halves = memory, memory.cast("Q"), memory.cast("I")
        header = Header.from_buffer(memory)
        self._capacity, self._data = header.capacity_bytes, header.data_offset
        self._records = memory[self._data :]
        self._record_words = self._records.cast("Q")
        self._most = self._capacity // PIECES

    def detach(self):
        """Drop all views of the memory, also those that were lent to the caller."""
        for side in (WRITER, READER):
            self._take_back(side)
        self._reserved = self._peeked = None
        for view in (self._words, self._halves, self._record_words, self._records, self._memory):
            view.release()
        self._memory = self._words = self._halves = self._records = self._record_words = None
        self._quick_send = self._quick_receive = False

    def part(self):
        """Begin anew in the child of a fork: sides and unfinished messages are its parent's."""
        self.writing = self.reading = False
        self._quick_send = self._quick_receive = False
        self._reserved = self._peeked = None
        self._partial = None
        self._lent = [None, None]

    def leave(self, side):
        """Forget a side that this process has closed: its next use claims it again, which `peers` refuses."""
        self._take_back(side)
        if side == WRITER:
            self.writing, self._quick_send, self._reserved = False, False, None
        else:
            self.reading, self._quick_receive, self._peeked = False, False, None

    def _may_use(self, side):
        if self._memory is None:
            raise ValueError("the ring is destroyed, or was let go of, in this process")
        if not (self.writing, self.reading)[side]:
            self._peers.claim(side)
            self._begin(side)
        if side == WRITER and self._reserved is not None:
            raise ValueError("a place is reserved: commit() it first")
        if side == READER and self._lent[READER] is not None:
            raise ValueError("a message is peeked at: release() it first")
        if side == WRITER and self._halves[_CLOSED[READER]]:
            raise self._peers.trouble(WRITER)

    def _begin(self, side):
        if side == WRITER:
            self.writing, self._head, self._tail_seen = True, self._words[HEAD], self._words[TAIL]
            self._write_place = self._head % self._capacity
        else:
            self.reading, self._tail, self._head_seen = True, self._words[TAIL], self._words[TAIL]
            self._read_place = self._tail % self._capacity

    def _ready(self, side, needed):
        """Return whether there are `needed` bytes of room (writer), or there is something to read (reader)."""
        if side == WRITER:
            if self._capacity - (self._head - self._tail_seen) >= needed:
                return True
            self._tail_seen = self._words[TAIL]
            return self._capacity - (self._head - self._tail_seen) >= needed
        if self._tail == self._head_seen:
            self._head_seen = self._words[HEAD]
            if not ORDERED:
                self._fence()
        return self._tail != self._head_seen

    def _fence(self):
        with contextlib.suppress(RuntimeError):  # the last time, a Ctrl-C came between the two
            self._give_back()
        self._take_again()

    def _show(self, side):
        """Store this side's count, and wake the other side if this is what it waits for."""
        if not ORDERED:
            self._fence()
        count = self._head if side == WRITER else self._tail
        self._words[TAIL if side else HEAD] = count
        self._fence()
        self._wake(side, count)

    def _attend(self, side):
        """Wake the other side, which waits, or raise an error when it has closed."""
        self._wake(side, self._head if side == WRITER else self._tail)
        if side == WRITER and self._halves[_CLOSED[READER]]:
            raise self._peers.trouble(WRITER)

    def _wake(self, side, count):
        other = 1 - side
        if self._halves[_WAITING[other]] and count >= self._words[_WANTED[other]]:
            self._halves[_WAITING[other]] = 0
            self._peers.wake(other)

    def _wait(self, side, needed, deadline, timeout):
        looked = -math.inf if self._halves[_CLOSED[1 - side]] else time.monotonic()
        while not self._ready(side, needed):
            now = time.monotonic()
            if now - looked >= _SLICE_S or self._halves[_CLOSED[1 - side]]:
                error = self._peers.trouble(side)
                if error is not None and not self._ready(side, needed):  # what was sent before can still be received
                    raise error
                looked = now
            if now >= deadline and not self._ready(side, needed):
                self._peers.timed_out(side, timeout)
            self._sleep(side, needed, min(_SLICE_S, deadline - now))

    def _sleep(self, side, needed, seconds):
        """Store what this side waits for, look once more, and sleep.

        A writer is woken when half of the ring is free.
        """
        enough = max(needed, self._capacity // 2) if side == WRITER else needed
        wanted = self._head - (self._capacity - enough) if side == WRITER else self._tail + 1
        self._words[_WANTED[side]] = max(wanted, 0)
        if not ORDERED:
            self._fence()
        self._halves[_WAITING[side]] = 1
        self._fence()
        if seconds > 0 and not self._ready(side, enough) and not self._halves[_CLOSED[1 - side]]:
            self._peers.sleep(side, seconds)
        self._halves[_WAITING[side]] = 0

    def _deadline(self, timeout):
        return math.inf if timeout is None else time.monotonic() + self._peers.checked_timeout(timeout)

    def _take_back(self, side):
        """Release the lent view. If an array was made of it, it stays usable, and its user has to stop using it."""
        view, self._lent[side] = self._lent[side], None
        if view is not None:
            try:
                view.release()
            except BufferError:
                return
