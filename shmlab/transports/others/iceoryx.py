"""iceoryx2 with our methods, to compare with: shared memory without copies and without locks, in Rust."""

import ctypes
import mmap
import os
import secrets
import tempfile
import time

from shmlab.ipc import names
from shmlab.transports.others.libraries import END, Peer, need, queued
from shmlab.transports.transport import READER, WRITER

_SPINS = 100  # times that iceoryx2's reader looks before it lets another process run
_THERE, _TAKEN, _CLOSED = 0, 8, 16  # words that iceoryx2's two sides share, each on a cache line of its own


class Iceoryx2(Peer):
    """iceoryx2: publish and subscribe, without a copy; the reader polls. Each side has a node of its own.

    iceoryx2's wait for room has no time-out, so the reader counts the messages that it has taken, and the writer looks
    at this count before it sends one: some 50 ns of a few thousand. A process that is killed leaves its files in
    /dev/shm and in `_folder()`; they are iceoryx2's own, not on our ledger, and the other side removes them.
    """

    what = "the iceoryx2 service"

    def __init__(self, expected_bytes=1):
        self._iox = need("iceoryx2", "iceoryx2")
        super().__init__()
        self._expected = expected_bytes
        self._queued = queued(expected_bytes)
        self._name = f"shmlab-{secrets.token_hex(8)}"
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)  # anonymous: gone with the two processes
        self._counts = memoryview(self._shared).cast("Q")
        self._node = self._port = self._sample = None
        self._sent = 0

    def _open(self, side):
        iox = self._iox
        iox.set_log_level(iox.LogLevel.Error)
        config = iox.config.default()
        config.global_cfg.root_path = iox.Path.new(_folder())
        node = iox.NodeBuilder.new().config(config).signal_handling_mode(iox.SignalHandlingMode.Disabled)
        self._node = node.create(iox.ServiceType.Ipc)
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
        """Wait until the subscriber is there and has room for one more message."""
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
        if type(message) is bytes and len(message) == view.nbytes:  # faster by 1 µs
            ctypes.memmove(sample.payload_ptr, message, view.nbytes)
        else:
            _bytes_of(sample)[:] = view
        sample.assume_init().send()
        self._sent += 1

    def _next(self, _, timeout):
        """Return the next sample, or None when the publisher has closed."""
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
            return END
        message = ctypes.string_at(sample.payload_ptr, sample.payload().len())
        sample.delete()
        self._counts[_TAKEN] += 1
        return message

    def reserve(self, size_bytes, timeout=None):
        """Return a writable view of `size_bytes` bytes in shared memory, to be filled, then sent by `commit`."""
        if self.side is not WRITER:
            self._begin(WRITER)
        self._retry(self._room, None, READER, timeout, "given room")
        self._sample = self._port.loan_slice_uninit(size_bytes)
        return _bytes_of(self._sample)

    def commit(self):
        """Send the bytes in the reserved place."""
        sample, self._sample = self._sample, None
        sample.assume_init().send()
        self._sent += 1

    def peek(self, timeout=None):
        """Return a view of the oldest message in shared memory."""
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
        """Give back the message that `peek` showed."""
        sample, self._sample = self._sample, None
        sample.delete()
        self._counts[_TAKEN] += 1

    def _say_end(self):
        self._counts[_CLOSED] = 1
        self._lifelines.gone(READER, wait=True)  # when a publisher goes, its unread messages go with it

    def _leave(self, side):
        if self._port is not None:
            self._port.delete()
            self._service.try_cleanup_dead_nodes()  # those of the other side, if it was killed
        self._port = self._service = self._node = self._sample = None


def _folder():
    """Return this user's folder for the files of iceoryx2 about this /dev/shm, made if need be.

    iceoryx2's own, /tmp/iceoryx2, belongs to the first user of the machine, and no other can make a node in it. A node
    removes what dead ones have left, as this folder says; in another mount namespace it would not find their memory.
    Raises PermissionError if the folder is not this user's.
    """
    here = os.stat(names.POSIX_FOLDER).st_dev
    folder = os.path.join(tempfile.gettempdir(), f"shmlab-iceoryx2-{os.getuid()}-{here:x}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    owner = os.lstat(folder).st_uid
    if owner != os.getuid():
        raise PermissionError(
            f"iceoryx2 keeps its files in {folder}, which belongs to user {owner}, not to you ({os.getuid()}): "
            "set TMPDIR to a folder of your own"
        )
    return folder


def _bytes_of(sample):
    return sample.payload().as_memory_view().cast("B")
