"""Messages on a stream of bytes, which has no boundaries: each message is put into a frame.

A frame is the message's length (8 bytes), the message, and one byte that says whether the message counts: a send that
ran into its time-out in the middle of a frame completes the frame later, with a byte that says that it does not.
The reader reads whatever is there into one buffer, so that one system call may bring many messages.
"""

import abc
import contextlib
import select
import struct

from shmlab.primitives import timed_out
from shmlab.transports.transport import READER, WRITER, Transport, checked_most, deadline, remaining

LENGTH = struct.Struct("<Q")
COUNTS, _TAKEN_BACK = b"\1", b"\0"
FRAME_BYTES = LENGTH.size + 1
SMALL_BYTES = 4096  # up to here, copying three parts into one costs less than passing three to the kernel
_BUFFER_BYTES = 2**16


class Stream(Transport):
    """Messages of any size through a stream of bytes. A subclass has the four methods below."""

    def __init__(self):
        super().__init__()
        self._owed = b""  # the rest of a frame that was given up, to be written before the next
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._start = self._end = 0  # the part of the buffer that no message was made of yet
        self._long = None  # a message longer than the buffer, as far as it has arrived
        self._got = 0

    @abc.abstractmethod
    def _let_go(self, side):
        """Close, in this process, the end of the side that is not `side` (None: both)."""

    @abc.abstractmethod
    def _descriptor(self):
        """Return the descriptor to poll, on the side of this process."""

    @abc.abstractmethod
    def _write(self, parts, *, wait):
        """Write some of these buffers by one system call; return how many bytes.

        Without `wait`, raise BlockingIOError when there is no room.
        """

    @abc.abstractmethod
    def _read_into(self, view):
        """Read into a buffer by one system call, waiting for data; return how many bytes, 0 at the end."""

    def send(self, message, timeout=None):
        if self.side is not WRITER:
            self._begin(WRITER)
        view, end = self._flat(message), deadline(timeout)
        size = view.nbytes
        try:
            if self._owed:
                self._pay(end, timeout)
            if size <= SMALL_BYTES:
                self._write_all([b"".join((LENGTH.pack(size), view, COUNTS))], end, timeout)
            else:
                self._write_all([LENGTH.pack(size), view, COUNTS], end, timeout)
        except (BrokenPipeError, ConnectionResetError):
            raise self._broken() from None

    def receive(self, timeout=None):
        if self.side is not READER:
            self._begin(READER)
        end = deadline(timeout)
        while True:
            message = self._next_frame()
            if message is not None:
                return message
            self._fill(end, timeout)

    def receive_many(self, most=None, timeout=None):
        """Return the messages of one read, at least one: no further system call looks whether there are more."""
        checked_most(most)
        received = [self.receive(timeout)]
        while most is None or len(received) < most:
            message = self._next_frame()
            if message is None:
                break
            received.append(message)
        return received

    def close(self):
        if self._mark_closed():
            self._let_go(None)

    def _begin(self, side):
        self._become(side)
        self._let_go(side)

    def _pay(self, end, timeout):
        owed, self._owed = self._owed, b""
        self._write_all([owed], end, timeout, began=True)

    def _write_all(self, parts, end, timeout, *, began=False):
        """Write these buffers whole.

        If a time-out or an interrupt ends this in the middle, the rest is kept, to be written before the next frame,
        and the frame is marked as one that does not count.
        """
        try:
            while parts:
                written = self._write_some(parts, end, timeout)
                began = True
                parts = _after(parts, written)
        except BaseException:
            if began:
                self._owed = b"".join(parts)[:-1] + _TAKEN_BACK
            raise

    def _write_some(self, parts, end, timeout):
        if end is None:
            return self._write(parts, wait=True)
        while True:
            self._wait(select.POLLOUT, end, timeout, "given room")
            with contextlib.suppress(BlockingIOError):  # another writer took the room
                return self._write(parts, wait=False)

    def _wait(self, event, end, timeout, goal):
        poll = select.poll()
        poll.register(self._descriptor(), event)
        if not poll.poll(remaining(end) * 1000):
            raise timed_out(self.what, timeout, goal)

    def _fill(self, end, timeout):
        """Read what there is, at least one byte. Raise EOFError when the writer has closed."""
        if end is not None:
            self._wait(select.POLLIN, end, timeout, "given a message")
        if self._long is not None:
            got = self._read(memoryview(self._long)[self._got :])
            self._got += got
            return
        if self._start == self._end:
            self._start = self._end = 0
        elif self._end == len(self._buffer):  # the buffer ends with the beginning of a frame: move that to its start
            rest = bytes(self._buffer[self._start :])
            self._buffer[: len(rest)] = rest
            self._start, self._end = 0, len(rest)
        self._end += self._read(self._buffer[self._end :])

    def _read(self, view):
        try:
            got = self._read_into(view)
        except ConnectionResetError:  # the writer died before it had read everything from this side
            got = 0
        if not got:
            raise self._ended()
        return got

    def _next_frame(self):
        """Return the next message that counts, if all of it is in the buffer; else None."""
        while True:
            if self._long is not None:
                if self._got < len(self._long):
                    return None
                whole, self._long = self._long, None
                if whole[-1]:
                    return bytes(memoryview(whole)[:-1])
                continue
            begin = self._start + LENGTH.size
            if begin > self._end:
                return None
            (size,) = LENGTH.unpack_from(self._buffer, self._start)
            stop = begin + size
            if stop < self._end:
                self._start = stop + 1
                if self._buffer[stop]:
                    return self._buffer[begin:stop].tobytes()
            elif size + FRAME_BYTES > len(self._buffer):
                self._long, self._got = bytearray(size + 1), self._end - begin
                self._long[: self._got] = self._buffer[begin : self._end]
                self._start = self._end = 0
            else:
                return None


def _after(parts, written):
    """Return what remains of these buffers after `written` bytes."""
    left = []
    for part in parts:
        if written >= len(part):
            written -= len(part)
        else:
            left.append(memoryview(part)[written:] if written else part)
            written = 0
    return left
