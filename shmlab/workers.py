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
import time

from shmlab import child, exits, forkserver, pickling
from shmlab.launch import LAUNCHERS, kill

DEADLINE_S = 60.0


class Worker:
    """A process that runs one function. Made by `start`."""

    def __init__(self, name, group, index, report, crash_log):
        self.name = name
        self.output = ""
        self.exit = None
        self.error = None
        self.killed = False
        self._raised = False
        self._group = group
        self._index = index
        self._report = report
        self._crash_log = crash_log
        self._outcome = bytearray()
        self._unfinished = {child.STDOUT: "", child.STDERR: ""}
        self._oom_before = exits.oom_kills()

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
            self.killed = True
            self._group.kill(self)

    def _end(self, status, expired, deadline_s):
        code, trace, at = os.waitstatus_to_exitcode(status), "", exits.crash_place(self._crash_log)
        if expired:
            words = f"was ended after its deadline of {deadline_s:g} s{at}"
            self.error = TimeoutError(f"{self.name} {words}: it waits for something that never comes, or needs longer")
        elif self.killed:
            words = "was ended by kill()"
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
    if deadline_s is not None and not (isinstance(deadline_s, (int, float)) and deadline_s > 0):
        raise ValueError(f"deadline_s is {deadline_s!r}: give seconds above 0, or None for no deadline")
    for unjoined in list(_unjoined):
        unjoined.hear(0)  # what nobody waits for is heard now and then, so that its end is noticed
    group = Group(math.inf if deadline_s is None else deadline_s, method, echo)
    _unjoined.add(group)
    try:
        for function, args, name, cpu in calls:
            group.add(function, args, name, cpu)
    except BaseException:
        group.kill()
        raise
    return group


_unjoined = set()  # groups with a process that may still run, so that none is forgotten


class Group:
    """Workers whose output comes through one pipe, so that it keeps the order in which it was printed."""

    def __init__(self, deadline_s, method, echo):
        self.workers = []
        self._deadline_s, self._method, self._echo = deadline_s, method, echo
        self._frames, self._frames_write = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._frames, False)
        self._pending = bytearray()
        self._closed = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._frames, selectors.EVENT_READ, self._hear_frames)

    def add(self, function, args, name, cpu):
        """Start one more worker."""
        index = len(self.workers)
        payload = _payload(index, function, args, name, cpu)
        raw, raw_write = os.pipe2(os.O_CLOEXEC)
        report, report_write = os.pipe2(os.O_CLOEXEC)
        try:
            descriptors = [self._frames_write, raw_write, payload, report_write]
            LAUNCHERS[self._method](descriptors, self._deadline_s)
        except BaseException:
            for descriptor in (raw, report, payload):
                os.close(descriptor)
            raise
        finally:
            os.close(raw_write)
            os.close(report_write)
        os.set_blocking(raw, False)
        worker = Worker(name, self, index, report, payload)
        self.workers.append(worker)
        self._selector.register(raw, selectors.EVENT_READ, lambda: self._hear_raw(worker, raw))
        self._selector.register(report, selectors.EVENT_READ, lambda: self._hear_report(worker, raw))

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
                    self.kill()
        except KeyboardInterrupt:
            self.kill()
            raise

    def hear(self, timeout):
        """Take in what the workers have said, waiting up to `timeout` seconds (None: for ever) for it."""
        if not self._closed:
            for key, _ in self._selector.select(timeout):
                if not self._closed and key.fd in self._selector.get_map():
                    key.data()

    def kill(self, *workers):
        """End these workers, or all of them, and hear them out."""
        for worker in workers or self.workers:
            if worker.exit is None:
                kill(worker.pid, self._method)
        while any(worker.exit is None for worker in workers or self.workers):
            self.hear(None)
        if not self.workers:
            self._close()

    def _hear_frames(self):
        while chunk := _read_some(self._frames):
            self._pending += chunk
        header = child.HEADER
        while len(self._pending) >= header.size:
            index, kind, length = header.unpack_from(self._pending)
            if len(self._pending) < header.size + length:
                return
            data = bytes(self._pending[header.size : header.size + length])
            del self._pending[: header.size + length]
            worker = self.workers[index]
            if kind in (child.RETURNED, child.RAISED):
                worker._outcome += data
                worker._raised = kind == child.RAISED
            else:
                self._say(worker, kind, data)

    def _hear_raw(self, worker, raw):
        """What bypassed Python's streams: C code, os.write, a program it started, a crash."""
        while chunk := _read_some(raw):
            self._say(worker, child.STDERR, chunk)
        if chunk == b"" and raw in self._selector.get_map():  # closed at the other end: nothing more will come
            self._selector.unregister(raw)

    def _hear_report(self, worker, raw):
        if "pid" not in vars(worker) and worker.pid:
            return  # that was the first of the two messages
        message = os.read(worker._report, forkserver.ENDED.size)
        if not message:  # the server itself was killed, and every worker with it
            message = forkserver.ENDED.pack(signal.SIGKILL, False)
        self._hear_frames()
        self._hear_raw(worker, raw)
        for kind, rest in worker._unfinished.items():
            if rest:
                self._say(worker, kind, b"\n")
        worker._end(*forkserver.ENDED.unpack(message), self._deadline_s)
        self._selector.unregister(worker._report)
        for descriptor in (raw, worker._report, worker._crash_log):
            os.close(descriptor)
        if all(other.exit is not None for other in self.workers):
            self._close()

    def _close(self):
        self._closed = True
        _unjoined.discard(self)
        self._selector.close()
        os.close(self._frames)
        os.close(self._frames_write)

    def _say(self, worker, kind, data):
        """Show whole lines, each with the name of its process."""
        text = data.decode(errors="replace")
        worker.output += text
        *lines, worker._unfinished[kind] = (worker._unfinished[kind] + text).split("\n")
        if self._echo and lines:
            stream = sys.stderr if kind == child.STDERR else sys.stdout
            stream.write("".join(f"[{worker.name}] {line}\n" for line in lines))
            stream.flush()


def _payload(index, function, args, name, cpu):
    """The request as bytes in memory, behind a descriptor that the worker reads."""
    request = {
        "index": index,
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


def _read_some(descriptor):
    """Bytes; b"" at the end of the stream, None when there are none at the moment."""
    try:
        return os.read(descriptor, 2**16)
    except BlockingIOError:
        return None
