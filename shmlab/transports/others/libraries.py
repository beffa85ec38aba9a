"""Transports of other libraries, to compare with: pyzmq and faster-fifo; iceoryx2 is in iceoryx.py. Extra: `peers`.

They are set up as their documents advise for one writer and one reader, and so that no message is ever dropped.
A library is imported when its transport is created, and not before.
"""

import contextlib
import importlib
import queue
import secrets

from shmlab.primitives import timed_out
from shmlab.transports.lifelines import Lifelines
from shmlab.transports.transport import READER, WRITER, Transport, checked_most, deadline, remaining

_LOOK_S = 0.25  # how often a waiting side looks whether the other is alive
_QUEUED_BYTES, _MOST_QUEUED, _FEWEST_QUEUED = 2**24, 1000, 4
END = b""  # no message is empty, so an empty one says that the writer has closed


def need(module, package):
    """Import and return a library's module. Raise ModuleNotFoundError with the command that installs it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        message = (
            f"{package} is not installed: `pip install {package}`, or shmlab with its extra, `pip install '.[peers]'`"
        )
        raise ModuleNotFoundError(message, name=module) from None


def queued(expected_bytes):
    """Return how many messages of this size may be queued: 16 MiB of them, but 4 to 1000."""
    return max(_FEWEST_QUEUED, min(_MOST_QUEUED, _QUEUED_BYTES // expected_bytes))


class Peer(Transport):
    """Another library's transport, with what all three lack: an end of messages, and whether the other side is alive.

    The writer's `close` waits, where it must, until the reader has received everything or is gone.
    """

    def __init__(self):
        super().__init__()
        self._lifelines = Lifelines()
        self._ended_already = False

    def send(self, message, timeout=None):
        if self.side is not WRITER:
            self._begin(WRITER)
        self._retry(self._put, self._flat(message), READER, timeout, "given room")

    def receive(self, timeout=None):
        if self.side is not READER:
            self._begin(READER)
        deadline(timeout)
        if self._ended_already:
            raise self._ended()
        message = self._retry(self._get, None, WRITER, timeout, "given a message")
        if len(message) == 0:
            self._end()
            raise self._ended()
        return message

    def _end(self):
        """Record, in the reader, that the writer has closed, and let the writer know."""
        self._ended_already = True
        self._lifelines.let_go(None)

    def _retry(self, call, argument, other, timeout, goal):
        """Call until it succeeds, and look now and then whether the other side is alive."""
        end = deadline(timeout)
        gone = False
        while True:
            slice_s = _LOOK_S if end is None else min(_LOOK_S, remaining(end))
            try:
                return call(argument, slice_s)
            except TimeoutError:
                if gone:
                    raise (self._broken() if other == READER else self._ended()) from None
                gone = self._lifelines.gone(other)
                if not gone and end is not None and not remaining(end):
                    raise timed_out(self.what, timeout, goal) from None

    def close(self):
        side = self.side
        if not self._mark_closed():
            return
        if side == WRITER:
            with contextlib.suppress(BrokenPipeError):
                self._say_end()
        self._leave(side)
        self._lifelines.let_go(None)

    def _begin(self, side):
        self._become(side)
        self._lifelines.let_go(side)
        self._open(side)

    def _say_end(self):
        self._retry(self._put, memoryview(END), READER, None, "given room")

    def _open(self, side):
        """Create what this side needs, in its own process."""

    def _leave(self, side):
        """Give back what `_open` created."""


class Zmq(Peer):
    """pyzmq: a PUSH and a PULL socket over ipc://, a Unix socket, with a thread of its own on each side."""

    what = "the pyzmq socket"

    def __init__(self, expected_bytes=1):
        self._zmq = need("zmq", "pyzmq")
        super().__init__()
        self._address = f"ipc://@shmlab-{secrets.token_hex(8)}"  # abstract: no file can be left
        self._queued = queued(expected_bytes)
        self._context = self._socket = None

    def _open(self, side):
        zmq = self._zmq
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH if side == WRITER else zmq.PULL)
        self._socket.set_hwm(self._queued)
        self._socket.setsockopt(zmq.RECONNECT_IVL, 1)  # milliseconds between attempts, until the reader has bound
        if side == WRITER:
            self._socket.connect(self._address)
        else:
            self._socket.bind(self._address)
        self._send, self._recv = self._socket.send, self._socket.recv

    def _put(self, view, timeout):
        try:
            return self._send(view, self._zmq.DONTWAIT)
        except self._zmq.Again:
            if not self._socket.poll(timeout * 1000, self._zmq.POLLOUT):
                raise TimeoutError from None
        return self._send(view)

    def _get(self, _, timeout):
        try:
            return self._recv(self._zmq.DONTWAIT)
        except self._zmq.Again:
            if not self._socket.poll(timeout * 1000, self._zmq.POLLIN):
                raise TimeoutError from None
        return self._recv()

    def _say_end(self):
        super()._say_end()
        self._lifelines.gone(READER, wait=True)  # what the reader has not read yet may be lost with the connection

    def _leave(self, side):
        if self._context is not None:
            self._context.destroy(linger=0)
            self._context = None


class FasterFifo(Peer):
    """faster-fifo: a ring in shared memory behind a mutex, in C++. Bytes travel as they are, without pickle."""

    what = "the faster-fifo queue"

    def __init__(self, expected_bytes=1):
        fifo = need("faster_fifo", "faster-fifo")
        super().__init__()
        size_bytes = max(2**20, 4 * (expected_bytes + 16))
        self.largest_bytes = size_bytes // 2
        self._queue = fifo.Queue(max_size_bytes=size_bytes, loads=bytes, dumps=bytes)

    def _put(self, view, timeout):
        try:
            self._queue.put(view, True, timeout)
        except queue.Full:
            raise TimeoutError from None

    def _get(self, _, timeout):
        try:
            return self._queue.get(True, timeout)
        except queue.Empty:
            raise TimeoutError from None

    def send_many(self, messages, timeout=None):
        """Send by put_many, in groups that fit into half of the queue; each group is sent whole or not at all."""
        if self.side is not WRITER:
            self._begin(WRITER)
        end, sent = deadline(timeout), 0
        for group in _groups([self._flat(message) for message in messages], self.largest_bytes):
            left = None if end is None else remaining(end)
            try:
                self._retry(self._put_many, group, READER, left, "given room")
            except TimeoutError:
                if not sent:
                    raise
                break
            sent += len(group)
        return sent

    def _put_many(self, group, timeout):
        try:
            self._queue.put_many(group, True, timeout)
        except queue.Full:
            raise TimeoutError from None

    def receive_many(self, most=None, timeout=None):
        """Receive by get_many: all that is there, in one call."""
        checked_most(most)
        received = [self.receive(timeout)]
        with contextlib.suppress(queue.Empty):
            if most is None or most > 1:
                received += self._queue.get_many(False, 0, 10**9 if most is None else most - 1)
        if len(received[-1]) == 0:  # the message that says that the writer has closed came with them
            received.pop()
            self._end()
        return received


def _groups(messages, most_bytes):
    """Yield the messages in groups of at most `most_bytes` bytes, with faster-fifo's header of 4 bytes for each."""
    group, size = [], 0
    for message in messages:
        if group and size + message.nbytes + 4 > most_bytes:
            yield group
            group, size = [], 0
        group.append(message)
        size += message.nbytes + 4
    if group:
        yield group
