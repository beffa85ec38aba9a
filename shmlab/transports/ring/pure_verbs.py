"""One process's end of a ring in plain Python: the same verbs and bytes as the native end, without a compiler."""

import ctypes
import struct
import sys

from shmlab.transports.ring.layout import FIRST, NEXT, READER, RECORD, SKIP, WHOLE, WRITER, record_bytes
from shmlab.transports.ring.pure_end import HEAD, ORDERED, READER_STATE, TAIL, WRITER_STATE, PureEnd

_WHOLE_WORD = WHOLE << 32  # size and kind of a whole record, as one word, less the size
_SMALL_BYTES = 1024  # up to here one struct packs header and payload in a single call
_new_bytes = ctypes.pythonapi.PyBytes_FromStringAndSize
_new_bytes.restype, _new_bytes.argtypes = ctypes.py_object, (ctypes.c_char_p, ctypes.c_ssize_t)
_bytes_address = ctypes.pythonapi.PyBytes_AsString
_bytes_address.restype, _bytes_address.argtypes = ctypes.c_void_p, (ctypes.py_object,)


class _Packers(dict):
    """For each size: the pack_into of a whole small record, and how many bytes of the ring it takes."""

    def __missing__(self, size):
        self[size] = found = struct.Struct(f"{RECORD.format}{size}s").pack_into, record_bytes(size)
        return found


class _Unpackers(dict):
    """For each size: the unpack_from of a small payload, and how many bytes of the ring its record takes."""

    def __missing__(self, size):
        self[size] = found = struct.Struct(f"{size}s").unpack_from, record_bytes(size)
        return found


_packers, _unpackers = _Packers(), _Unpackers()


class RingEnd(PureEnd):
    """The verbs of transports.Ring, on the memory of its segment.

    Python runs the handler of a Ctrl-C after a call, never between two plain stores: so values that must change
    together are stored together, without a call between them.
    """

    # The writer

    def send(self, message, timeout=None):
        if self._quick_send and type(message) is bytes and 0 < (size := len(message)) <= self._most:
            # Most messages go this way, which has as few steps as Python allows; unusual ones take the other.
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
                self._words[HEAD] = self._head = head
                try:  # noqa: SIM105 - suppress() would cost as much as the fence
                    self._give_back()
                except RuntimeError:  # the last time, a Ctrl-C came between the two
                    pass
                self._take_again()
                if self._words[READER_STATE]:
                    self._attend(WRITER)
                return
        self._may_use(WRITER)
        deadline = self._deadline(timeout)
        self._put(_as_bytes(message), deadline, timeout, in_batch=False)
        self._quick_send = ORDERED

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
        """Write one message, in as many records as it takes; the reader drops the pieces of one that is given up."""
        left, at = len(message), 0
        kind = WHOLE if left <= self._most else FIRST
        message = memoryview(message)  # a slice of bytes would be a copy
        while left:
            piece = min(left, self._most)
            start = self._wait_for_room(piece, deadline, timeout)
            self._memory[start : start + piece] = message[at : at + piece]
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
        """Wait for room for a record in one piece; return the place of its payload."""
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
        """Return the room to wait for, as ring.h's ring_needed: for a record and its skip, or the skip alone."""
        before_end = self._capacity - self._write_place
        if record <= before_end:
            return record
        return before_end + record if before_end + record <= self._capacity else before_end

    # The reader

    def receive(self, timeout=None):
        if self._quick_receive and timeout is None:
            tail, place = self._tail, self._read_place
            if tail == self._head_seen:
                self._head_seen = self._words[HEAD]
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
                self._words[TAIL] = self._tail = tail + record
                # No fence: a writer that is not woken here is woken by the next call, or looks again by itself.
                if self._words[WRITER_STATE]:
                    self._attend(READER)
                return message
        self._may_use(READER)
        message = self._take(self._deadline(timeout), timeout)
        self._show(READER)
        self._quick_receive = ORDERED and sys.byteorder == "little"
        return message

    def receive_many(self, most=None, timeout=None):
        self._may_use(READER)
        if most is not None and most < 1:
            raise ValueError(f"most is {most}: ask for at least 1 message")
        self._quick_receive = False
        messages = [self._take(self._deadline(timeout), timeout)]
        enough = self._tail + self._capacity  # and no more: with a quick writer this would never end
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
        """Return one message if a whole one is there, else None. The pieces of an unfinished one are kept."""
        while (record := self._next_record()) is not None:
            start, left, size, kind = record
            if kind == WHOLE:
                message = bytes(self._memory[start : start + size])
                self._partial = None  # the writer gave up the message of these pieces
                self._advance_reader(record_bytes(size))
            else:
                message = self._add_piece(start, left, size, kind)
            if message is not None:
                return message
            self._show(READER)
        return None

    def _next_record(self):
        """Return (place of its payload, bytes left, size, kind) of the oldest record, or None."""
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
        """Add a record to its message; return the message if this was its last record, else None.

        The bytes object is created without content and filled before anything else uses it, as
        PyBytes_FromStringAndSize allows: to join pieces in any other way copies each once more.
        """
        if kind == FIRST:
            self._partial = _new_bytes(None, size + left)
            self._partial_bytes = 0
        if self._partial is None or self._partial_bytes + size + left != len(self._partial):
            raise OSError("the ring is damaged: a piece of a message has no beginning")
        piece = ctypes.addressof(ctypes.c_char.from_buffer(self._memory, start))
        ctypes.memmove(_bytes_address(self._partial) + self._partial_bytes, piece, size)
        record = record_bytes(size)
        self._partial_bytes += size
        self._tail += record
        self._read_place = (self._read_place + record) % self._capacity
        if left:
            return None
        message, self._partial = self._partial, None
        return message

    def _advance_reader(self, bytes_read):
        self._tail += bytes_read
        self._read_place = (self._read_place + bytes_read) % self._capacity


def _as_bytes(message):
    """Return the message as bytes or a flat view. Raise TypeError if it has no bytes, ValueError if it is empty."""
    if not isinstance(message, bytes):
        message = memoryview(message).cast("B")
    if not len(message):
        raise ValueError("the message is empty: a message has at least 1 byte")
    return message
