"""Start a function in a fresh process and hear everything about it: output, result, how it ended.

`start` makes one worker, `start_group` several that print through one stream. Works for functions
of notebook cells, from a kernel that has threads.
"""

import functools
import math
import os
import pickle
import selectors
import signal
import sys
import threading
import time

from shmlab import child, exits, forkserver, pickling
from shmlab.interrupts import undisturbed
from shmlab.ipc import cleaning
from shmlab.launch import LAUNCHERS, kill
from shmlab.output import Output

DEADLINE_S = 60.0


class Worker:
    """A process that runs one function. Made by `start`."""

    def __init__(self, name, group, output, raw, report, crash_log):
        self.name = name
        self.exit = None
        self.error = None
        self.killed = ""  # why we ended it, if we did
        self._raised = False
        self._group = group
        self._output = output
        self._raw = raw
        self._report = report
        self._crash_log = crash_log
        self._outcome = bytearray()
        self._oom_before = exits.oom_kills()

    @property
    def output(self):
        """What it has printed, as far as has been heard."""
        return self._output.text

    @functools.cached_property
    def pid(self):
        """Its process id, which arrives when it has been forked; 0 when that could not be done."""
        message = os.read(self._report, forkserver.STARTED.size)
        return forkserver.STARTED.unpack(message)[0] if message else 0

    @property
    def alive(self):
        """Whether it still runs, as far as has been heard."""
        self._group.hear(0)
        return self.exit is None

    def join(self, timeout=None):
        """Wait until it has ended, showing what it prints; returns the Worker.

        Raises TimeoutError after `timeout` seconds, with the process still running.
        """
        self._group.wait([self], timeout)
        return self

    def result(self, timeout=None):
        """Wait, and return what the function returned.

        Raises what the function raised, with its own lines as a note; TimeoutError when the deadline
        ended it; ChildProcessError, in words, when it ended in any other way.
        """
        self.join(timeout)
        if self.error is not None:
            raise self.error
        if not self.exit.ok:
            raise ChildProcessError(f"{self.name} {self.exit.words}")
        return pickle.loads(self._outcome) if self._outcome else None

    def kill(self):
        """End it and every process it started, at once (SIGKILL); waits until that is done."""
        if self.exit is None:
            self._group.kill(self)

    def _end(self, status, expired, deadline_s):
        code, trace, at = os.waitstatus_to_exitcode(status), "", exits.crash_place(self._crash_log)
        if self.pid and (expired or self.killed):
            cleaning.clean_after(self.pid)
        if expired:
            words = f"was ended after its deadline of {deadline_s:g} s{at}"
            self.error = TimeoutError(f"{self.name} {words}: it waits for something that never comes, or needs longer")
        elif not self.pid:
            words = "could not be started: this system has no room for another process (ulimit -u)"
        elif self.killed:
            words = f"was ended {self.killed}{at}"
        elif code < 0:
            words = exits.signal_words(-code, out_of_memory=exits.oom_kills() > self._oom_before) + at
        elif self._raised:
            self.error, words, trace = exits.rebuilt_error(self.name, self._outcome)
        else:
            words = "finished" if code == 0 else f"ended with exit code {code}"
        self.exit = exits.Exit(code if code >= 0 else None, -code if code < 0 else None, words, trace)

    def __repr__(self):
        return f"<Worker {self.name}, process {self.pid}, {self.exit or 'running'}>"


def start(function, *args, name=None, deadline_s=DEADLINE_S, method="forkserver", cpu=None):
    """Run `function(*args)` in a fresh process and return its Worker at once.

    `deadline_s`: it is ended, with all it started, after so many seconds (None: never).
    `method`: "forkserver" (a warm one, about 5 ms), "spawn" (a fresh interpreter, whose addresses
    differ, about 150 ms), "fork" (of this very process: it shares copies of everything, and may hang
    where this process has threads). `cpu`: the processor to run on. Arguments are pickled; segments
    and semaphores attach to the same object over there. What it prints is shown while you wait for it.
    Raises TypeError when the function or an argument cannot be pickled.
    """
    name = name or getattr(function, "__name__", "worker")
    return start_group([(function, args, name, cpu)], deadline_s=deadline_s, method=method).workers[0]


def start_group(calls, *, deadline_s=DEADLINE_S, method="forkserver", echo=True):
    """Start a worker for each (function, args, name, cpu); returns their Group."""
    if method not in LAUNCHERS:
        raise ValueError(f"method is {method!r}: choose one of {', '.join(LAUNCHERS)}")
    number = isinstance(deadline_s, int | float) and not isinstance(deadline_s, bool)
    if deadline_s is not None and not (number and deadline_s > 0):
        raise ValueError(f"deadline_s is {deadline_s!r}: give seconds above 0, or None for no deadline")
    for unjoined in list(_unjoined):
        unjoined.hear_in_passing()  # what nobody waits for is heard now and then, so that its end is noticed
    group = Group(math.inf if deadline_s is None else deadline_s, method, echo)
    _unjoined.add(group)
    try:
        for function, args, name, cpu in calls:
            with undisturbed(), group.lock:
                group.add(function, args, name, cpu)
    except BaseException:
        group.kill()
        raise
    return group


_unjoined = set()  # groups with a process that may still run, so that none is forgotten
os.register_at_fork(after_in_child=_unjoined.clear)  # a forked child has started none of them


class Group:
    """Workers whose prints come through one pipe, so that they keep the order in which they were made.

    Any thread may wait for them; only the process that started them may.
    """

    def __init__(self, deadline_s, method, echo):
        self.workers = []
        self._deadline_s, self._method, self._echo = deadline_s, method, echo
        self._maker = os.getpid()
        self.lock = threading.RLock()
        self._frames, self._frames_write = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._frames, False)
        self._pending = bytearray()
        self._closed = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._frames, selectors.EVENT_READ, self._hear_frames)

    def add(self, function, args, name, cpu):
        """Start one more worker."""
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
        """Wait until these workers (or all) have ended. An interrupt ends all of the group first,
        and so does `hopeless()` when it turns true: then the rest would wait for nothing."""
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
        """Take in what the workers have said, waiting up to `timeout` seconds (None: for ever) for it."""
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
        """Take in what there is, unless another thread is doing so."""
        if self.lock.acquire(blocking=False):
            try:
                self.hear(0)
            finally:
                self.lock.release()

    def kill(self, *workers, why="by kill()"):
        """End these workers, or all of them, and hear them out. `why` completes "it was ended …"."""
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
                self._pending.clear()  # somebody wrote into the pipe past our streams: no frame can be told
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
        """What bypassed Python's streams: C code, os.write, a program it started, a crash."""
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
            _unjoined.discard(self)
            self._selector.close()
            os.close(self._frames)
            os.close(self._frames_write)


def _payload(index, function, args, name, cpu):
    """The request as bytes in memory, behind a descriptor that the worker reads."""
    request = {
        "index": index,
        "name": name,
        "call": pickling.dumps_call(function, args, name),
        "cpu": cpu,
        "environ": dict(os.environ),
        "folder": os.getcwd(),
        "path": sys.path,
    }
    descriptor = os.memfd_create("shmlab-request")
    with open(descriptor, "wb", closefd=False) as stream:
        stream.write(pickle.dumps(request))
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def warm_up():
    """Start the fork server now and wait until it answers, so that the first worker is as quick as the rest."""
    start(_nothing).join()


def _nothing():
    pass


def _chunks(descriptor):
    """What a pipe holds now, in pieces, the last one empty at its end; not more than one round's worth,
    so that one who prints without end leaves time for the others."""
    for _ in range(_MOST_CHUNKS):
        try:
            chunk = os.read(descriptor, 2**16)
        except BlockingIOError:
            return
        yield chunk
        if not chunk:
            return


_MOST_CHUNKS = 16
