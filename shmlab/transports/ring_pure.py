"""One process's end of a ring in plain Python: the same verbs and bytes as the native one, without a compiler.

Python has no fence, and two are needed between "I store my count" and "I look whether you wait", as ring.h
says. Giving a lock back and taking it again is one: a release followed by an acquire, both of them atomic
instructions. Processors that reorder more than x86 does get one before each store of a count, too.
"""

import ctypes
import math
import platform
import struct
import sys
import threading
import time

from shmlab.transports.ring_layout import (
    FIRST,
    NEXT,
    PIECES,
    READER,
    RECORD,
    SKIP,
    WHOLE,
    WRITER,
    Header,
    Side,
    record_bytes,
)

_SLICE_S = 0.1  # so often, at least, the other side's life is looked at
_ORDERED = platform.machine() in ("x86_64", "AMD64", "i686")
_WHOLE_WORD = WHOLE << 32  # size and kind of a whole record, as one word, less the size
_SMALL_BYTES = 1024  # up to here one struct packs header and payload in a single call
_HEAD, _TAIL = Header.head.offset // 8, Header.tail.offset // 8
_WANTED = tuple((side.offset + Side.wanted.offset) // 8 for side in (Header.writer, Header.reader))
_WAITING = tuple((side.offset + Side.waiting.offset) // 4 for side in (Header.writer, Header.reader))
_WRITER_STATE, _READER_STATE = (waiting // 2 for waiting in _WAITING)  # `waiting` and `closed`, as one word
_CLOSED = tuple((side.offset + Side.closed.offset) // 4 for side in (Header.writer, Header.reader))
_new_bytes = ctypes.pythonapi.PyBytes_FromStringAndSize
_new_bytes.restype, _new_bytes.argtypes = ctypes.py_object, (ctypes.c_char_p, ctypes.c_ssize_t)
_bytes_address = ctypes.pythonapi.PyBytes_AsString
_bytes_address.restype, _bytes_address.argtypes = ctypes.c_void_p, (ctypes.py_object,)


class _Packers(dict):
    """For each size the pack_into of a whole small record, and how much of the ring that takes."""

    def __missing__(self, size):
        self[size] = found = struct.Struct(f"{RECORD.format}{size}s").pack_into, record_bytes(size)
        return found


class _Unpackers(dict):
    """For each size the unpack_from of a small payload, and how much of the ring its record takes."""

    def __missing__(self, size):
        self[size] = found = struct.Struct(f"{size}s").unpack_from, record_bytes(size)
        return found


_packers, _unpackers = _Packers(), _Unpackers()


class RingEnd:
    """The verbs of transports.Ring, on the memory of its segment."""

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
        self._most = self._capacity // PIECES - RECORD.size

    def detach(self):
        """Let go of the memory; what was lent is taken back."""
        for side in (WRITER, READER):
            self._take_back(side)
        self._reserved = self._peeked = None
        for view in (self._words, self._halves, self._record_words, self._records, self._memory):
            view.release()
        self._memory = self._words = self._halves = self._records = self._record_words = None
        self._quick_send = self._quick_receive = False

    def part(self):
        """In the child of a fork: its sides are its parent's, and so is what was under way there."""
        self.writing = self.reading = False
        self._quick_send = self._quick_receive = False
        self._reserved = self._peeked = None
        self._partial = None
        self._lent = [None, None]

    def leave(self, side):
        """This process has closed a side: its next use is a claim, which `peers` refuses."""
        self._take_back(side)
        if side == WRITER:
            self.writing, self._quick_send, self._reserved = False, False, None
        else:
            self.reading, self._quick_receive, self._peeked = False, False, None

    # The writer

    def send(self, message, timeout=None):
        if self._quick_send and type(message) is bytes and 0 < (size := len(message)) <= self._most:
            # The way of most messages, in as few steps as Python can do it; whatever is unusual goes the other.
            pack, record = _packers[size] if size <= _SMALL_BYTES else (None, record_bytes(size))
            head, place = self._head + record, self._write_place
            end = place + record
            if head - self._tail_seen <= self._capacity and end <= self._capacity and timeout is None:
                if pack:
                    pack(self._records, place, 0, size, WHOLE, message)
                else:
                    RECORD.pack_into(self._records, place, 0, size, WHOLE)
                    self._records[place + 16 : place + 16 + size] = message
                self._write_place = end if end < self._capacity else 0
                self._words[_HEAD] = self._head = head
                self._give_back()
                self._take_again()
                if self._words[_READER_STATE]:
                    self._attend(WRITER)
                return
        self._may_use(WRITER)
        deadline = self._deadline(timeout)
        self._put(_as_bytes(message), deadline, timeout, in_batch=False)
        self._quick_send = _ORDERED

    def send_many(self, messages, timeout=None):
        self._may_use(WRITER)
        deadline = self._deadline(timeout)
        views = [_as_bytes(message) for message in messages]
        sent = 0
        try:
            for view in views:
                self._put(view, deadline, timeout, in_batch=True)
                sent += 1
        except TimeoutError:
            if not sent:
                raise
        finally:
            self._show(WRITER)
        return sent

    def reserve(self, size_bytes, timeout=None):
        self._may_use(WRITER)
        deadline = self._deadline(timeout)
        most = self._capacity - RECORD.size
        if not 1 <= size_bytes <= most:
            raise ValueError(f"size_bytes is {size_bytes}: this ring lends 1 to {most} bytes in one piece")
        start = self._wait_for_room(size_bytes, deadline, timeout)
        self._quick_send = False
        self._lent[WRITER] = self._memory[start : start + size_bytes]
        self._reserved = size_bytes
        return self._lent[WRITER]

    def commit(self):
        if self._reserved is None:
            raise ValueError("nothing is reserved: reserve() first")
        self._commit(self._reserved, 0, WHOLE)
        self._reserved = None
        self._take_back(WRITER)
        self._show(WRITER)

    def _put(self, message, deadline, timeout, *, in_batch):
        """Write one message, in as many records as it takes; the pieces of one that is given up are dropped."""
        left, at = len(message), 0
        kind = WHOLE if left <= self._most else FIRST
        while left:
            piece = min(left, self._most)
            start = self._wait_for_room(piece, deadline, timeout)
            self._memory[start : start + piece] = message[at : at + piece] if piece < len(message) else message
            at += piece
            left -= piece
            self._commit(piece, left, kind)
            kind = NEXT
            if not in_batch:
                self._show(WRITER)

    def _commit(self, size, left, kind):
        RECORD.pack_into(self._memory, self._data + self._write_place, left, size, kind)
        self._advance_writer(record_bytes(size))

    def _advance_writer(self, bytes_written):
        self._head += bytes_written
        self._write_place = (self._write_place + bytes_written) % self._capacity

    def _wait_for_room(self, size, deadline, timeout):
        """Where the payload of a record goes, in one piece."""
        record = record_bytes(size)
        while True:
            needed = self._needed(record)
            if not self._ready(WRITER, needed):
                self._show(WRITER)
                self._wait(WRITER, needed, deadline, timeout)
            before_end = self._capacity - self._write_place
            if record <= before_end:
                return self._data + self._write_place + RECORD.size
            RECORD.pack_into(self._memory, self._data + self._write_place, 0, before_end - RECORD.size, SKIP)
            self._advance_writer(before_end)

    def _needed(self, record):
        """As ring.h's ring_needed: room for the record and the skip before it, or at first for that skip alone."""
        before_end = self._capacity - self._write_place
        if record <= before_end:
            return record
        return before_end + record if before_end + record <= self._capacity else before_end

    # The reader

    def receive(self, timeout=None):
        if self._quick_receive and timeout is None:
            tail, place = self._tail, self._read_place
            if tail == self._head_seen:
                self._head_seen = self._words[_HEAD]
            size = self._record_words[place // 8 + 1] - _WHOLE_WORD
            if tail != self._head_seen and 0 < size <= self._most:
                if size <= _SMALL_BYTES:
                    unpack, record = _unpackers[size]
                    (message,) = unpack(self._records, place + 16)
                else:
                    record = record_bytes(size)
                    message = bytes(self._records[place + 16 : place + 16 + size])
                place += record
                self._read_place = place if place < self._capacity else 0
                self._words[_TAIL] = self._tail = tail + record
                self._give_back()
                self._take_again()
                if self._words[_WRITER_STATE]:
                    self._attend(READER)
                return message
        self._may_use(READER)
        message = self._take(self._deadline(timeout), timeout)
        self._show(READER)
        self._quick_receive = _ORDERED and sys.byteorder == "little"
        return message

    def receive_many(self, most=None, timeout=None):
        self._may_use(READER)
        if most is not None and most < 1:
            raise ValueError(f"most is {most}: ask for at least 1 message")
        self._quick_receive = False
        messages = [self._take(self._deadline(timeout), timeout)]
        enough = self._tail + self._capacity  # and no more: a quick writer would keep us here for ever
        while self._tail < enough and (most is None or len(messages) < most):
            message = self._take_now()
            if message is None:
                break
            messages.append(message)
        self._show(READER)
        return messages

    def peek(self, timeout=None):
        self._may_use(READER)
        deadline = self._deadline(timeout)
        while (record := self._next_record()) is None:
            self._show(READER)
            self._wait(READER, 1, deadline, timeout)
        start, _, size, kind = record
        self._quick_receive = False
        if kind == WHOLE:
            self._partial = None
            self._lent[READER], self._peeked = self._memory[start : start + size].toreadonly(), size
        else:  # in pieces: it has to be put together
            self._lent[READER] = memoryview(self._take(deadline, timeout))
            self._show(READER)
        return self._lent[READER]

    def release(self):
        if self._lent[READER] is None:
            raise ValueError("no message is peeked at: peek() first")
        self._take_back(READER)
        if self._peeked is not None:
            self._advance_reader(record_bytes(self._peeked))
            self._peeked = None
            self._show(READER)

    def _take(self, deadline, timeout):
        while (message := self._take_now()) is None:
            self._show(READER)
            self._wait(READER, 1, deadline, timeout)
        return message

    def _take_now(self):
        """One message, if a whole one is there; else None. Pieces on the way to one are kept."""
        while (record := self._next_record()) is not None:
            start, left, size, kind = record
            if kind == WHOLE:
                message = bytes(self._memory[start : start + size])
                self._partial = None  # its writer gave it up
            else:
                message = self._add_piece(start, left, size, kind)
            self._advance_reader(record_bytes(size))
            if message is not None:
                return message
            self._show(READER)
        return None

    def _next_record(self):
        """(where its payload is, bytes left, size, kind) of the oldest record, or None."""
        while self._ready(READER, 1):
            place = self._data + self._read_place
            left, size, kind = RECORD.unpack_from(self._memory, place)
            record, there = record_bytes(size), min(self._head_seen - self._tail, self._capacity - self._read_place)
            if not WHOLE <= kind <= SKIP or record > there:
                raise OSError(f"the ring is damaged at byte {self._tail}: somebody else wrote into it")
            if kind != SKIP:
                return place + RECORD.size, left, size, kind
            self._advance_reader(record)
            self._show(READER)
        return None

    def _add_piece(self, start, left, size, kind):
        """Add a record to the message it belongs to; that message when it was the last.

        The bytes of a message are made without content and filled before anybody sees them, as
        PyBytes_FromStringAndSize allows: putting pieces together otherwise copies each once more.
        """
        if kind == FIRST:
            self._partial = _new_bytes(None, size + left)
            self._partial_bytes = 0
        if self._partial is None or self._partial_bytes + size + left != len(self._partial):
            raise OSError("the ring is damaged: a piece of a message has no beginning")
        piece = ctypes.addressof(ctypes.c_char.from_buffer(self._memory, start))
        ctypes.memmove(_bytes_address(self._partial) + self._partial_bytes, piece, size)
        self._partial_bytes += size
        if left:
            return None
        message, self._partial = self._partial, None
        return message

    def _advance_reader(self, bytes_read):
        self._tail += bytes_read
        self._read_place = (self._read_place + bytes_read) % self._capacity

    # Both

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
            self.writing, self._head, self._tail_seen = True, self._words[_HEAD], self._words[_TAIL]
            self._write_place = self._head % self._capacity
        else:
            self.reading, self._tail, self._head_seen = True, self._words[_TAIL], self._words[_TAIL]
            self._read_place = self._tail % self._capacity

    def _ready(self, side, needed):
        """Whether there are `needed` bytes of room, or something to read."""
        if side == WRITER:
            if self._capacity - (self._head - self._tail_seen) >= needed:
                return True
            self._tail_seen = self._words[_TAIL]
            return self._capacity - (self._head - self._tail_seen) >= needed
        if self._tail == self._head_seen:
            self._head_seen = self._words[_HEAD]
            if not _ORDERED:
                self._fence()
        return self._tail != self._head_seen

    def _fence(self):
        self._give_back()
        self._take_again()

    def _show(self, side):
        """Store this side's count, and wake the other when it waits for no more than that."""
        if not _ORDERED:
            self._fence()
        count = self._head if side == WRITER else self._tail
        self._words[_TAIL if side else _HEAD] = count
        self._fence()
        self._wake(side, count)

    def _attend(self, side):
        """The other side waits, or has closed."""
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
                if error is not None and not self._ready(side, needed):  # what was committed before is still to be had
                    raise error
                looked = now
            if now >= deadline and not self._ready(side, needed):
                self._peers.timed_out(side, timeout)
            self._sleep(side, needed, min(_SLICE_S, deadline - now))

    def _sleep(self, side, needed, seconds):
        """Say what is waited for, look once more, and sleep. A writer is woken when half of the ring is free."""
        enough = max(needed, self._capacity // 2) if side == WRITER else needed
        wanted = self._head - (self._capacity - enough) if side == WRITER else self._tail + 1
        self._words[_WANTED[side]] = max(wanted, 0)
        if not _ORDERED:
            self._fence()
        self._halves[_WAITING[side]] = 1
        self._fence()
        if seconds > 0 and not self._ready(side, enough) and not self._halves[_CLOSED[1 - side]]:
            self._peers.sleep(side, seconds)
        self._halves[_WAITING[side]] = 0

    def _deadline(self, timeout):
        return math.inf if timeout is None else time.monotonic() + self._peers.checked_timeout(timeout)

    def _take_back(self, side):
        """Make the lent view unusable; an array made from it keeps it alive, and that is its maker's business."""
        view, self._lent[side] = self._lent[side], None
        if view is not None:
            try:
                view.release()
            except BufferError:
                return


def _as_bytes(message):
    """A flat view of the message's bytes. Raises TypeError for what has none, ValueError for an empty one."""
    if not isinstance(message, bytes):
        message = memoryview(message).cast("B")
    if not len(message):
        raise ValueError("the message is empty: a message has at least 1 byte")
    return message
