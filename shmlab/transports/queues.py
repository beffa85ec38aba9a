"""The Pipe, Queue and SimpleQueue of multiprocessing. Inside each is a pipe of the kernel.

A pipe takes a long message piece by piece, and these cannot stop in the middle of one. So only a message that goes in
at once (PIPE_BUF) can be sent with a time-out; Queue has no such limit, as its feeder thread does the writing.
"""

import multiprocessing.queues
import queue
import select
from multiprocessing import connection

from shmlab.primitives import timed_out
from shmlab.transports.transport import READER, WRITER, Transport, deadline, remaining

_CONTEXT = multiprocessing.get_context("fork")
_OVERHEAD_BYTES = 64  # what a length and pickle add, at most
SURE_BYTES = select.PIPE_BUF - _OVERHEAD_BYTES
MOST_QUEUED = 1024


class _OnConnections(Transport):
    """A reading and a writing Connection; each side closes the one of the other side."""

    def __init__(self, read, write):
        super().__init__()
        self._ends = {READER: read, WRITER: write}

    def close(self):
        if self._mark_closed():
            self._let_go(None)

    def _begin(self, side):
        self._become(side)
        self._let_go(side)

    def _let_go(self, side):
        for end, one in self._ends.items():
            if end != side:
                one.close()

    def _await_room(self, size_bytes, timeout):
        if size_bytes > SURE_BYTES:
            raise NotImplementedError(
                f"{self.what} cannot give up a message of {size_bytes} bytes midway: send it without a time-out "
                f"(at most {SURE_BYTES} bytes go at once)"
            )
        end, poll = deadline(timeout), select.poll()
        poll.register(self._ends[WRITER], select.POLLOUT)
        if not poll.poll(remaining(end) * 1000):
            raise timed_out(self.what, timeout, "given room")

    def _await_message(self, timeout):
        deadline(timeout)
        if not connection.wait([self._ends[READER]], timeout):
            raise timed_out(self.what, timeout, "given a message")


class ConnectionPair(_OnConnections):
    """multiprocessing.Pipe(duplex=False): a pipe with a length before each message."""

    what = "the multiprocessing.Pipe"

    def __init__(self):
        super().__init__(*_CONTEXT.Pipe(duplex=False))

    def send(self, message, timeout=None):
        if self.side is not WRITER:
            self._begin(WRITER)
        view = self._flat(message)
        if timeout is not None:
            self._await_room(view.nbytes, timeout)
        try:
            self._ends[WRITER].send_bytes(view)
        except BrokenPipeError:
            raise self._broken() from None

    def receive(self, timeout=None):
        if self.side is not READER:
            self._begin(READER)
        if timeout is not None:
            self._await_message(timeout)
        try:
            return self._ends[READER].recv_bytes()
        except (EOFError, OSError) as error:
            raise self._ended() from error


class SimpleQueue(_OnConnections):
    """multiprocessing.SimpleQueue: a pipe, with pickle, and a lock for each side."""

    what = "the multiprocessing.SimpleQueue"

    def __init__(self):
        self._queue = _CONTEXT.SimpleQueue()
        super().__init__(self._queue._reader, self._queue._writer)

    def send(self, message, timeout=None):
        if self.side is not WRITER:
            self._begin(WRITER)
        view = self._flat(message)
        if timeout is not None:
            self._await_room(view.nbytes, timeout)
        try:
            self._queue.put(_as_bytes(message, view))
        except BrokenPipeError:
            raise self._broken() from None

    def receive(self, timeout=None):
        if self.side is not READER:
            self._begin(READER)
        if timeout is not None:
            self._await_message(timeout)
        try:
            return self._queue.get()
        except EOFError:
            raise self._ended() from None


class _FeedingQueue(multiprocessing.queues.Queue):
    """A Queue that records that its feeder thread could not write, where the original prints a traceback."""

    def __init__(self, maxsize):
        super().__init__(maxsize, ctx=_CONTEXT)
        self.broken = False

    def _on_queue_feeder_error(self, error, _):
        if not isinstance(error, BrokenPipeError):
            raise error
        self.broken = True


class Queue(_OnConnections):
    """multiprocessing.Queue: a pipe, with pickle, locks, and a thread that writes, at most 1024 messages behind.

    `send` returns before the message is pickled and written, so it is noticed late that the reader is gone.
    """

    what = "the multiprocessing.Queue"

    def __init__(self):
        self._queue = _FeedingQueue(MOST_QUEUED)
        super().__init__(self._queue._reader, self._queue._writer)

    def send(self, message, timeout=None):
        if self.side is not WRITER:
            self._begin(WRITER)
        view = self._flat(message)
        deadline(timeout)
        if self._queue.broken:
            raise self._broken()
        try:
            self._queue.put(_as_bytes(message, view), timeout=timeout)
        except queue.Full:
            raise timed_out(self.what, timeout, "given room") from None

    def receive(self, timeout=None):
        if self.side is not READER:
            self._begin(READER)
        deadline(timeout)
        try:
            return self._queue.get(timeout=timeout)
        except queue.Empty:
            raise timed_out(self.what, timeout, "given a message") from None
        except EOFError:
            raise self._ended() from None

    def close(self):
        if self.side == WRITER:
            self._queue.close()
            self._queue.join_thread()  # until everything is written
        super().close()


def _as_bytes(message, view):
    """Return bytes themselves, else a copy: the message is pickled later, and the sender may change its buffer."""
    return message if type(message) is bytes else view.tobytes()
