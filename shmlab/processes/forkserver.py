"""A warm process that forks our workers: no threads, everything imported, its children all known to it.

A notebook's kernel has threads, so forking it is unsafe; a fresh interpreter takes a tenth of a
second. This one forks in about a millisecond, ends a worker at its deadline with its whole process
group, reports how each ended, and takes all of them with it when the kernel dies.

Requests come through a socket of whole messages (SOCK_SEQPACKET), with the worker's descriptors
attached; reports go to a pipe of each worker's own.
"""

import contextlib
import ctypes
import gc
import importlib
import os
import selectors
import signal
import socket
import struct
import sys
import time

from shmlab.base import root
from shmlab.processes import child

REQUEST = struct.Struct("<cid")  # what to do, pid (for KILL), seconds until the deadline (for the others)
FORK, SPAWN, KILL = b"F", b"S", b"K"
STARTED = struct.Struct("<i")  # pid
ENDED = struct.Struct("<i?")  # wait status, whether the deadline ended it
_PR_SET_CHILD_SUBREAPER = 36
_GRACE_S = 0.25  # from the deadline's SIGTERM, at which a worker notes where it is, to SIGKILL
DESCRIPTORS = 5  # frames, raw output, raw errors, payload, report


def command(descriptor, warm):
    """Return the command line that runs this server on the socket `descriptor`. `warm`: names of modules that workers
    are likely to want: they are imported once, before anything is forked."""
    return root.command(__name__, "serve", descriptor, warm)


def bounded(seconds):
    """A time-out that select takes: None for ever, and at most some days, after which one asks again."""
    return None if seconds is None else max(0, min(seconds, 1e6))


def serve(descriptor, warm):
    """Serve until the kernel at the other end of the socket is gone, then end every worker."""
    for name in warm:
        importlib.import_module(name)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    _adopt_orphans()
    gc.freeze()
    with socket.socket(fileno=descriptor) as kernel:
        children = Children()
        children.selector.register(kernel, selectors.EVENT_READ)
        children.selector.register(os.pidfd_open(os.getppid()), selectors.EVENT_READ)
        try:
            _serve_requests(kernel, children)
        finally:
            children.end_all()


def _serve_requests(kernel, children):
    while True:
        for key in children.wait():
            if key.fileobj is not kernel:
                return  # the kernel's own pidfd: it has died
            message, descriptors, _, _ = socket.recv_fds(kernel, REQUEST.size, DESCRIPTORS)
            if not message:
                return
            what, pid, seconds = REQUEST.unpack(message)
            if what != KILL and len(descriptors) != DESCRIPTORS:  # no room for more open files here
                for came in descriptors:
                    os.close(came)
            elif what == KILL:
                children.kill(pid)
            else:
                _start(what, descriptors, seconds, children)


def guard(kernel, descriptors, seconds):
    """Be the small server of one worker that is forked from this very process. Never returns.

    `kernel`: a pidfd of the process whose death ends the worker too.
    """
    os.setsid()  # Ctrl-C is for the kernel
    _adopt_orphans()
    children = Children()
    children.selector.register(kernel, selectors.EVENT_READ)
    try:
        _start(FORK, descriptors, seconds, children)
        while children.busy():
            if children.wait():
                children.end_all()
    finally:
        os._exit(0)


def _adopt_orphans():
    """Become the parent of what workers leave behind, even of what left their process group. See prctl(2)."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _start(what, descriptors, seconds, children):
    *streams, report = descriptors
    server = os.getpid()
    try:
        pid = os.fork()
    except OSError:  # no room for another process; the report that ends without a word says so
        for mine in descriptors:
            os.close(mine)
        return
    if pid == 0:
        children.forget()
        os.close(report)
        if what == SPAWN:
            _exec(streams, server)
        child.run(*streams, server)
    for mine in streams:
        os.close(mine)
    children.adopt(pid, report, seconds)


def _exec(streams, server):
    """Become a fresh interpreter that runs the same request."""
    for passed in streams:
        os.set_inheritable(passed, True)
    os.execv(sys.executable, root.command(child.__name__, "run", *streams, server))


class Children:
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
                self._reap(key.fd)
            else:
                others.append(key)
        now = time.monotonic()
        for watch, (pid, report, deadline, expired) in self._children.items():
            if now >= deadline:
                self._children[watch] = pid, report, now + _GRACE_S, True
                kill_group(pid) if expired else os.kill(pid, signal.SIGTERM)
        return others

    def busy(self):
        """Whether a child is alive."""
        return bool(self._children)

    def _until_deadline(self):
        nearest = min((deadline for _, _, deadline, _ in self._children.values()), default=float("inf"))
        return None if nearest == float("inf") else bounded(nearest - time.monotonic())

    def _reap(self, watch):
        pid, report, _, expired = self._children.pop(watch)
        self.selector.unregister(watch)
        os.close(watch)
        kill_group(pid)  # whatever it started; the group still has its leader's number until it is waited for
        _, status = os.waitpid(pid, 0)
        self._end_orphans()
        _tell(report, ENDED.pack(status, expired))
        os.close(report)

    def _end_orphans(self):
        """End what has no living worker any more: its ancestor ended, and its group is nobody's here."""
        living = {pid for pid, *_ in self._children.values()}
        for orphan in set(_children_of_this()) - living:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                if os.getpgid(orphan) not in living:
                    kill_group(orphan)
                    os.waitpid(orphan, 0)

    def kill(self, pid):
        """End a child and its process group; one that has ended already is no error."""
        if any(pid == mine for mine, *_ in self._children.values()):
            kill_group(pid)

    def end_all(self):
        """End every child, and wait until it has ended."""
        for pid, *_ in list(self._children.values()):
            kill_group(pid)
        for watch in list(self._children):
            self._reap(watch)

    def forget(self):
        """In a forked child: these are not its children, and nothing of the server's is its own."""
        for key in list(self.selector.get_map().values()):
            os.close(key.fd)
        for _, report, _, _ in self._children.values():
            os.close(report)
        self.selector.close()
        self._children = {}


def _children_of_this():
    path = f"/proc/self/task/{os.getpid()}/children"  # see proc(5)
    with open(path) as stream:
        return [int(pid) for pid in stream.read().split()]


def kill_group(pid):
    """End a process and all of its process group."""
    for kill in (os.killpg, os.kill):  # the child itself too, in case it has left its group
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _tell(report, message):
    with contextlib.suppress(BrokenPipeError):  # nobody waits for this worker any more
        os.write(report, message)
