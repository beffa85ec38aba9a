"""Other people's transports, to compare with: pyzmq, faster-fifo, iceoryx2. Each is the extra `peers`' business.

Set up as their documents advise for one writer and one reader, and so that no message is ever dropped.
They are imported when one is made, and never before.
"""

import contextlib
import ctypes
import importlib
import mmap
import os
import queue
import secrets
import time

from shmlab.primitives import timed_out
from shmlab.transports.lifelines import Lifelines
from shmlab.transports.transport import READER, WRITER, Transport, checked_most, deadline, remaining

_LOOK_S = 0.25  # how often one who waits looks whether the other is alive
_QUEUED_BYTES, _MOST_QUEUED, _FEWEST_QUEUED = 2**24, 1000, 4
_SPINS = 100  # times that iceoryx2's reader looks before it lets another process run
_THERE, _TAKEN, _CLOSED = 0, 8, 16  # words that iceoryx2's two sides share, each on a cache line of its own
_END = b""  # no message is empty, so this one says that the writer has closed


def need(module, package):
    """The module of a peer. Raises ModuleNotFoundError with the command that installs it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        message = (
            f"{package} is not installed: `pip install {package}`, or shmlab with its extra, `pip install '.[peers]'`"
        )
        raise ModuleNotFoundError(message, name=module) from None


class _Peer(Transport):
    """What all three lack is made up for here: an end of messages, and a look at whether the other is alive.

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
        """The reader knows that this is the end, and lets the writer know."""
        self._ended_already = True
        self._lifelines.let_go(None)

    def _retry(self, call, argument, other, timeout, goal):
        """Call until it succeeds, looking at times whether the other side lives."""
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
        self._retry(self._put, memoryview(_END), READER, None, "given room")

    def _open(self, side):
        """Make what this side needs, in its own process."""

    def _leave(self, side):
        """Give it back."""


class Zmq(_Peer):
    """pyzmq: PUSH to PULL over ipc://, a Unix socket, with a thread of its own on each side."""

    what = "the pyzmq socket"

    def __init__(self, expected_bytes=1):
        self._zmq = need("zmq", "pyzmq")
        super().__init__()
        self._address = f"ipc://@shmlab-{secrets.token_hex(8)}"  # abstract: no file, so nothing can be left
        self._queued = max(_FEWEST_QUEUED, min(_MOST_QUEUED, _QUEUED_BYTES // expected_bytes))
        self._context = self._socket = None

    def _open(self, side):
        zmq = self._zmq
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH if side == WRITER else zmq.PULL)
        self._socket.set_hwm(self._queued)
        self._socket.setsockopt(zmq.RECONNECT_IVL, 1)  # milliseconds, until the reader has bound
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
        self._lifelines.gone(READER, wait=True)  # what a reader has not taken in yet may be lost with the connection

    def _leave(self, side):
        if self._context is not None:
            self._context.destroy(linger=0)
            self._context = None


class FasterFifo(_Peer):
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
        """put_many, in groups that fit into half of the queue; each goes whole or not at all."""
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
        """get_many: what is there, in one call."""
        checked_most(most)
        received = [self.receive(timeout)]
        with contextlib.suppress(queue.Empty):
            if most is None or most > 1:
                received += self._queue.get_many(False, 0, 10**9 if most is None else most - 1)
        if len(received[-1]) == 0:  # the writer's last word came with them
            received.pop()
            self._end()
        return received


class Iceoryx2(_Peer):
    """iceoryx2: publish and subscribe, without a copy; the reader polls. Each side has a node of its own.

    iceoryx2 cannot stop waiting for room when time is up, so a count of what was taken is kept beside it, and
    looked at before a message is sent: some 50 ns of a few thousand.
    """

    what = "the iceoryx2 service"

    def __init__(self, expected_bytes=1):
        self._iox = need("iceoryx2", "iceoryx2")
        super().__init__()
        self._expected = expected_bytes
        self._queued = max(_FEWEST_QUEUED, min(_MOST_QUEUED, _QUEUED_BYTES // expected_bytes))
        self._name = f"shmlab-{secrets.token_hex(8)}"
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)  # anonymous: gone with the two processes
        self._counts = memoryview(self._shared).cast("Q")
        self._node = self._port = self._sample = None
        self._sent = 0

    def _open(self, side):
        iox = self._iox
        iox.set_log_level(iox.LogLevel.Error)
        ends = iox.NodeBuilder.new().signal_handling_mode(iox.SignalHandlingMode.Disabled)
        self._node = ends.create(iox.ServiceType.Ipc)
        builder = self._node.service_builder(iox.ServiceName.new(self._name))
        self._service = (
            builder.publish_subscribe(iox.Slice[ctypes.c_uint8])
            .enable_safe_overflow(False)
            .subscriber_max_buffer_size(self._queued)
            .max_publishers(1)
            .max_subscribers(1)
            .open_or_create()
        )
        if side == READER:
            self._port = self._service.subscriber_builder().create()
            self._counts[_THERE] = 1
        else:
            self._port = (
                self._service.publisher_builder()
                .initial_max_slice_len(self._expected)
                .allocation_strategy(iox.AllocationStrategy.PowerOfTwo)
                .backpressure_strategy(iox.BackpressureStrategy.RetryUntilDelivered)
                .create()
            )

    def _room(self, _, timeout):
        """Wait until the subscriber is there and has room for one more."""
        counts = self._counts
        if counts[_THERE] and self._sent - counts[_TAKEN] < self._queued:
            return
        end = time.monotonic() + timeout
        while not (counts[_THERE] and self._sent - counts[_TAKEN] < self._queued):
            if time.monotonic() >= end:
                raise TimeoutError
            os.sched_yield()

    def _put(self, view, timeout):
        self._room(None, timeout)
        sample = self._port.loan_slice_uninit(view.nbytes)
        message = view.obj
        if type(message) is bytes and len(message) == view.nbytes:  # the shortest way, by 1 µs
            ctypes.memmove(sample.payload_ptr, message, view.nbytes)
        else:
            _bytes_of(sample)[:] = view
        sample.assume_init().send()
        self._sent += 1

    def _next(self, _, timeout):
        """The next sample, or None when the publisher has closed."""
        receive = self._port.receive
        sample = receive()
        end = time.monotonic() + timeout
        while sample is None:
            if self._counts[_CLOSED]:
                return receive()
            for _ in range(_SPINS):
                sample = receive()
                if sample is not None:
                    return sample
            if time.monotonic() >= end:
                raise TimeoutError
            os.sched_yield()
        return sample

    def _get(self, _, timeout):
        sample = self._next(None, timeout)
        if sample is None:
            return _END
        message = ctypes.string_at(sample.payload_ptr, sample.payload().len())
        sample.delete()
        self._counts[_TAKEN] += 1
        return message

    def reserve(self, size_bytes, timeout=None):
        """A writable view of so many bytes in shared memory, to be filled, then sent by `commit`."""
        if self.side is not WRITER:
            self._begin(WRITER)
        self._retry(self._room, None, READER, timeout, "given room")
        self._sample = self._port.loan_slice_uninit(size_bytes)
        return _bytes_of(self._sample)

    def commit(self):
        """Send what stands in the reserved place."""
        sample, self._sample = self._sample, None
        sample.assume_init().send()
        self._sent += 1

    def peek(self, timeout=None):
        """A view of the oldest message where it is."""
        if self.side is not READER:
            self._begin(READER)
        if self._ended_already:
            raise self._ended()
        sample = self._retry(self._next, None, WRITER, timeout, "given a message")
        if sample is None:
            self._end()
            raise self._ended()
        self._sample = sample
        return _bytes_of(sample)

    def release(self):
        """Done with the message that `peek` showed."""
        sample, self._sample = self._sample, None
        sample.delete()
        self._counts[_TAKEN] += 1

    def _say_end(self):
        self._counts[_CLOSED] = 1
        self._lifelines.gone(READER, wait=True)  # what a publisher has sent goes with it

    def _leave(self, side):
        if self._port is not None:
            self._port.delete()
            self._service.try_cleanup_dead_nodes()  # of the other side, if it was killed
        self._port = self._service = self._node = self._sample = None


def _bytes_of(sample):
    return sample.payload().as_memory_view().cast("B")


def _groups(messages, most_bytes):
    """The messages in groups of at most so many bytes, with faster-fifo's header of 4 bytes each."""
    group, size = [], 0
    for message in messages:
        if group and size + message.nbytes + 4 > most_bytes:
            yield group
            group, size = [], 0
        group.append(message)
        size += message.nbytes + 4
    if group:
        yield group
