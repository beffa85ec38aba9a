"""Start processes together and receive what comes through their pipes."""

import functools
import os
import pickle
import selectors
import signal
import sys
import threading
import time

from shmlab.base import pickling
from shmlab.base.interrupts import undisturbed
from shmlab.processes import child, forkserver
from shmlab.processes.launchers import LAUNCHERS, kill
from shmlab.processes.output import Output
from shmlab.processes.worker import Worker

unjoined = set()  # groups with a process that may still run; this reference keeps them alive
os.register_at_fork(after_in_child=unjoined.clear)  # they are not children of a forked child
_MOST_CHUNKS = 16


class Group:
    """Hold workers whose output comes through one pipe, so that it keeps its order.

    Any thread may wait for them, but only in the process that started them.
    """

    def __init__(self, deadline_s, method, echo):
        self.workers = []
        self._deadline_s, self._method, self._echo = deadline_s, method, echo
        self._maker, self.thread = os.getpid(), threading.get_ident()
        self.lock = threading.RLock()
        self._frames, self._frames_write = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._frames, False)
        self._pending = bytearray()
        self._closed = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._frames, selectors.EVENT_READ, self._hear_frames)
        unjoined.add(self)

    def add(self, function, args, name, cpu):
        """Start another worker. Raises TypeError if the function or an argument cannot be pickled."""
        payload = _payload(len(self.workers), function, args, name, cpu)
        pipes = {kind: os.pipe2(os.O_CLOEXEC) for kind in (child.STDOUT, child.STDERR, "report")}
        try:
            writing = [write for _, write in pipes.values()]
            LAUNCHERS[self._method]([self._frames_write, *writing[:2], payload, writing[2]], self._deadline_s)
        except BaseException:
            for descriptor in (payload, *(read for read, _ in pipes.values())):
                os.close(descriptor)
            raise
        finally:
            for descriptor in writing:
                os.close(descriptor)
        report = pipes.pop("report")[0]
        raw = {kind: read for kind, (read, _) in pipes.items()}
        worker = Worker(name, self, Output(name, self._echo), raw, report, payload)
        for kind, descriptor in raw.items():
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ, functools.partial(self._hear_raw, worker, kind))
        self._selector.register(report, selectors.EVENT_READ, functools.partial(self._hear_report, worker))
        self.workers.append(worker)

    def wait(self, workers=None, timeout=None, hopeless=None):
        """Wait until these workers (or all) have ended.

        An interrupt ends the whole group first. So does `hopeless()` when it becomes true: then the others would wait
        for ever. Raises TimeoutError after `timeout` seconds.
        """
        workers = self.workers if workers is None else workers
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            while any(worker.exit is None for worker in workers):
                remaining = None if deadline is None else deadline - time.monotonic()
                if remaining is not None and remaining < 0:
                    names = ", ".join(worker.name for worker in workers if worker.exit is None)
                    raise TimeoutError(f"{names}: still running after {timeout:g} s")
                self.hear(remaining)
                if hopeless is not None and hopeless():
                    self.kill(why="because another one never reached the start line")
        except KeyboardInterrupt:
            self.kill(why="by an interrupt")
            raise

    def hear(self, timeout):
        """Receive what the workers have sent, waiting up to `timeout` seconds for it (None: for ever)."""
        if os.getpid() != self._maker:
            raise RuntimeError(
                f"these workers belong to process {self._maker}, which started them: wait for them there"
            )
        with self.lock:
            if self._closed:
                return
            events = self._selector.select(forkserver.bounded(timeout))
            with undisturbed():
                for key, _ in events:
                    if not self._closed and key.fd in self._selector.get_map():
                        key.data()

    def hear_in_passing(self):
        """Receive what has arrived, unless another thread is doing so."""
        if self.lock.acquire(blocking=False):
            try:
                self.hear(0)
            finally:
                self.lock.release()

    def kill(self, *workers, why="by kill()"):
        """End these workers, or all, and receive their last output. `why` completes the sentence "it was ended …"."""
        with undisturbed():
            for worker in workers or self.workers:
                if worker.exit is None:
                    worker.killed = why
                    kill(worker.pid, self._method)
            while any(worker.exit is None for worker in workers or self.workers):
                self.hear(None)
            if not self.workers:
                self._close()

    def _hear_frames(self):
        for chunk in _chunks(self._frames):
            self._pending += chunk
        header = child.HEADER
        while len(self._pending) >= header.size:
            index, kind, length = header.unpack_from(self._pending)
            if index >= len(self.workers) or kind not in child.KINDS or length > child.MOST:
                self._pending.clear()  # other data was written into the pipe: the frames can no longer be separated
                return
            if len(self._pending) < header.size + length:
                return
            data = bytes(self._pending[header.size : header.size + length])
            del self._pending[: header.size + length]
            worker = self.workers[index]
            if kind in (child.RETURNED, child.RAISED):
                worker._outcome += data
                worker._raised = kind == child.RAISED
            else:
                worker._output.hear(kind, data)

    def _hear_raw(self, worker, kind):
        """Receive output that bypassed Python's streams: from C code, os.write, another program, a crash."""
        descriptor = worker._raw[kind]
        for chunk in _chunks(descriptor):
            worker._output.hear(kind, chunk)
            if not chunk and descriptor in self._selector.get_map():  # closed at the other end
                self._selector.unregister(descriptor)

    def _hear_report(self, worker):
        if "pid" not in vars(worker) and worker.pid:
            return  # that was the first of the two messages
        message = os.read(worker._report, forkserver.ENDED.size)
        if len(message) < forkserver.ENDED.size:  # the server itself was killed, and every worker with it
            message = forkserver.ENDED.pack(signal.SIGKILL, False)
        self._hear_frames()
        for kind in worker._raw:
            self._hear_raw(worker, kind)
            worker._output.hear(kind, b"", final=True)
        worker._end(*forkserver.ENDED.unpack(message), self._deadline_s)
        for descriptor in (*worker._raw.values(), worker._report, worker._crash_log):
            if descriptor in self._selector.get_map():
                self._selector.unregister(descriptor)
            os.close(descriptor)
        if all(other.exit is not None for other in self.workers):
            self._close()

    def _close(self):
        if not self._closed:
            self._closed = True
            unjoined.discard(self)
            self._selector.close()
            os.close(self._frames)
            os.close(self._frames_write)


def _payload(index, function, args, name, cpu):
    """Write the request to a file in memory and return its descriptor, from which the worker reads it."""
    request = {
        "index": index,
        "name": name,
        "call": pickling.dumps_call(function, args, name),
        "cpu": cpu,
        "environ": dict(os.environ),
        "folder": os.getcwd(),
        "path": sys.path,
        "arguments": sys.argv,
    }
    descriptor = os.memfd_create("shmlab-request")
    with open(descriptor, "wb", closefd=False) as stream:
        stream.write(pickle.dumps(request))
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _chunks(descriptor):
    """Yield the content of a pipe in chunks, with an empty one at its end.

    At most _MOST_CHUNKS are read, so that a worker that prints endlessly does not block the others.
    """
    for _ in range(_MOST_CHUNKS):
        try:
            chunk = os.read(descriptor, 2**16)
        except BlockingIOError:
            return
        yield chunk
        if not chunk:
            return
