"""A warm process that forks our workers: no threads, everything imported, its children all known to it.

A notebook's kernel has threads, so forking it is unsafe; a fresh interpreter takes a tenth of a
second. This one forks in about a millisecond, ends a worker at its deadline with its whole process
group, reports how each ended, and takes all of them with it when the kernel dies.

Requests come through a socket of whole messages (SOCK_SEQPACKET), with the worker's descriptors
attached; reports go to a pipe of each worker's own.
"""

import contextlib
import gc
import os
import selectors
import signal
import socket
import struct
import sys
import time

from shmlab import child

REQUEST = struct.Struct("<cid")  # what to do, pid (for KILL), seconds until the deadline (for the others)
FORK, SPAWN, KILL = b"F", b"S", b"K"
STARTED = struct.Struct("<i")  # pid
ENDED = struct.Struct("<i?")  # wait status, whether the deadline ended it
_GRACE_S = 0.25  # from the deadline's SIGTERM, at which a worker notes where it is, to SIGKILL
DESCRIPTORS = 4  # frames, raw output, payload, report


def command(descriptor):
    """The command line that runs this server on the socket `descriptor`."""
    # -P and our own sys.path: a learner's random.py in the working folder is not imported here.
    code = f"import sys; sys.path[:] = {sys.path!r}; from shmlab import forkserver; forkserver.serve({descriptor})"
    return [sys.executable, "-P", "-c", code]


def serve(descriptor):
    """Serve until the kernel at the other end of the socket is gone, then end every worker."""
    import numpy  # noqa: F401 - what workers are likely to want is imported once, here

    from shmlab import program  # noqa: F401

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    with socket.socket(fileno=descriptor) as kernel:
        nursery = Nursery()
        nursery.selector.register(kernel, selectors.EVENT_READ)
        nursery.selector.register(os.pidfd_open(os.getppid()), selectors.EVENT_READ)
        try:
            _serve_requests(kernel, nursery)
        finally:
            nursery.end_all()


def _serve_requests(kernel, nursery):
    while True:
        for key in nursery.wait():
            if key.fileobj is not kernel:
                return  # the kernel's own pidfd: it has died
            message, descriptors, _, _ = socket.recv_fds(kernel, REQUEST.size, DESCRIPTORS)
            if not message:
                return
            what, pid, seconds = REQUEST.unpack(message)
            if what == KILL:
                nursery.kill(pid)
            else:
                _start(what, descriptors, seconds, kernel, nursery)


def _start(what, descriptors, seconds, kernel, nursery):
    frames, raw, payload, report = descriptors
    server = os.getpid()
    pid = os.fork()
    if pid == 0:
        nursery.forget()
        kernel.close()
        os.close(report)
        if what == SPAWN:
            _exec(frames, raw, payload, server)
        child.run(frames, raw, payload, server)
    for mine in (frames, raw, payload):
        os.close(mine)
    nursery.adopt(pid, report, seconds)


def _exec(frames, raw, payload, server):
    """Become a fresh interpreter that runs the same request."""
    for passed in (frames, raw, payload):
        os.set_inheritable(passed, True)
    code = f"import sys; sys.path[:] = {sys.path!r}; from shmlab import child; "
    code += f"child.run({frames}, {raw}, {payload}, {server})"
    os.execv(sys.executable, [sys.executable, "-P", "-c", code])


class Nursery:
    """The living children of this process: each with its deadline and the pipe its report goes to."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self._children = {}

    def adopt(self, pid, report, seconds):
        """Take charge of a child just forked; it is made the leader of a process group."""
        with contextlib.suppress(PermissionError):  # it has called exec since, and set the group itself
            os.setpgid(pid, pid)
        _tell(report, STARTED.pack(pid))
        watch = os.pidfd_open(pid)
        self._children[watch] = pid, report, time.monotonic() + seconds, False
        self.selector.register(watch, selectors.EVENT_READ)

    def wait(self):
        """Wait for an event, ending children at their deadlines; returns the keys that are not children."""
        others = []
        for key, _ in self.selector.select(self._until_deadline()):
            if key.fd in self._children:
                self._bury(key.fd)
            else:
                others.append(key)
        now = time.monotonic()
        for watch, (pid, report, deadline, expired) in self._children.items():
            if now >= deadline:
                self._children[watch] = pid, report, now + _GRACE_S, True
                _kill_group(pid) if expired else os.kill(pid, signal.SIGTERM)
        return others

    def busy(self):
        """Whether a child is alive."""
        return bool(self._children)

    def _until_deadline(self):
        nearest = min((deadline for _, _, deadline, _ in self._children.values()), default=float("inf"))
        return None if nearest == float("inf") else max(0, nearest - time.monotonic())

    def _bury(self, watch):
        pid, report, _, expired = self._children.pop(watch)
        self.selector.unregister(watch)
        os.close(watch)
        _kill_group(pid)  # whatever it started; the group still has its leader's number until it is waited for
        _, status = os.waitpid(pid, 0)
        _tell(report, ENDED.pack(status, expired))
        os.close(report)

    def kill(self, pid):
        """End a child and its process group; one that has ended already is no error."""
        if any(pid == mine for mine, *_ in self._children.values()):
            _kill_group(pid)

    def end_all(self):
        """End every child, and wait until it has ended."""
        for pid, *_ in list(self._children.values()):
            _kill_group(pid)
        for watch in list(self._children):
            self._bury(watch)

    def forget(self):
        """In a forked child: these are not its children."""
        self.selector.close()
        for watch, (_, report, _, _) in self._children.items():
            os.close(watch)
            os.close(report)
        self._children = {}


def _kill_group(pid):
    for kill in (os.killpg, os.kill):  # the child itself too, in case it has left its group
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _tell(report, message):
    with contextlib.suppress(BrokenPipeError):  # nobody waits for this worker any more
        os.write(report, message)
