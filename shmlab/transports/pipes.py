"""Pipes, pipe(2), and FIFOs, mkfifo(3): the kernel copies every byte in and out. Source: pipe(7)."""

import fcntl
import os
import tempfile
from select import PIPE_BUF

from shmlab.ipc.limits import in_words
from shmlab.transports.streams import COUNTS, FRAME_BYTES, LENGTH, Stream
from shmlab.transports.transport import READER, WRITER, deadline, remaining

# The kernel writes up to PIPE_BUF bytes in one step, so that several writers may send messages up to this length.
SEVERAL_WRITERS_BYTES = PIPE_BUF - FRAME_BYTES
LARGE_BUFFER_BYTES = 2**20
KEPT_BYTES = 2**16


class Pipe(Stream):
    """One os.pipe. `buffer_bytes`: size of the kernel's buffer; None: the kernel's default, 64 KiB on Linux.

    Raises PermissionError for a buffer larger than /proc/sys/fs/pipe-max-size.
    """

    what = "the pipe"

    def __init__(self, buffer_bytes=None):
        super().__init__()
        self._ends = dict(zip((READER, WRITER), self._open(), strict=True))
        if buffer_bytes is not None:
            try:
                fcntl.fcntl(self._ends[WRITER], fcntl.F_SETPIPE_SZ, buffer_bytes)
            except PermissionError as error:
                self.destroy()
                raise PermissionError(
                    error.errno,
                    f"a pipe's buffer of {in_words(buffer_bytes)} is not allowed: see /proc/sys/fs/pipe-max-size",
                ) from error

    def _open(self):
        return os.pipe()

    def _let_go(self, side):
        for end in set(self._ends) - {side}:
            os.close(self._ends.pop(end))

    def _descriptor(self):
        return self._ends[self.side]

    def _write(self, parts, *, wait):
        if not wait:  # poll(2) has seen room for PIPE_BUF bytes; more might block
            parts = [memoryview(parts[0])[:PIPE_BUF]]
        return os.write(self._ends[WRITER], parts[0]) if len(parts) == 1 else os.writev(self._ends[WRITER], parts)

    def _read_into(self, view):
        return os.readv(self._ends[READER], [view])


class Fifo(Pipe):
    """A pipe with a name, mkfifo(3). The name is removed as soon as both ends are open."""

    what = "the FIFO"

    def _open(self):
        with tempfile.TemporaryDirectory(prefix="shmlab-") as folder:
            path = os.path.join(folder, "fifo")
            os.mkfifo(path, 0o600)
            read = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # without O_NONBLOCK it would wait for a writer
            write = os.open(path, os.O_WRONLY)
        os.set_blocking(read, True)
        return read, write


class BufferedPipe(Pipe):
    """A pipe behind a buffer in the sender's process, as io.BufferedWriter has: written when it holds 64 KiB.

    One system call then carries a thousand short messages. The price: a message may stay in the buffer until
    `flush()`, `close()` or the end of `send_many`. A sender that needs an answer must flush each message, and then
    the buffer gains nothing.
    """

    what = "the buffered pipe"

    def __init__(self):
        super().__init__()
        self._kept = bytearray()

    def send(self, message, timeout=None):
        if self.side is not WRITER:
            self._begin(WRITER)
        view, kept, end = self._flat(message), self._kept, deadline(timeout)
        if len(kept) + view.nbytes >= KEPT_BYTES:
            self._write_kept(end, timeout)
            if view.nbytes >= KEPT_BYTES:
                return super().send(view, None if end is None else remaining(end))
        kept += LENGTH.pack(view.nbytes)
        kept += view
        kept += COUNTS
        return None

    def send_many(self, messages, timeout=None):
        sent = super().send_many(messages, timeout)
        self.flush()
        return sent

    def flush(self):
        """Write what the buffer holds. Raises BrokenPipeError when the reader has closed."""
        if self.side is WRITER:
            self._write_kept(None, None)

    def close(self):
        try:
            self.flush()
        finally:
            super().close()

    def _write_kept(self, end, timeout):
        """Write what the buffer holds, or as much as is possible in time; the rest stays, in its order."""
        try:
            if self._owed:
                self._pay(end, timeout)
            while self._kept:
                del self._kept[: self._write_some([self._kept], end, timeout)]
        except (BrokenPipeError, ConnectionResetError):
            self._kept, self._owed = bytearray(), b""
            raise self._broken() from None
