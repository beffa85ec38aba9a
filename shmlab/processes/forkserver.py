"""Fork workers from a server process that has no threads and has imported everything.

A notebook's kernel has threads, so forking it is unsafe, and a fresh interpreter takes a tenth of a second. This
server forks in about a millisecond. It ends a worker with its whole process group at the deadline, reports how each
worker ended, and ends all of them when the kernel dies.

Requests come through a socket that preserves message boundaries (SOCK_SEQPACKET), with the worker's descriptors
attached; reports go to a pipe for each worker.
"""

import contextlib
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
from shmlab.processes import child, kinship

REQUEST = struct.Struct("<cid")  # kind of request, pid (for KILL), seconds until the deadline (for the others)
FORK, SPAWN, KILL = b"F", b"S", b"K"
STARTED = struct.Struct("<i")  # pid
ENDED = struct.Struct("<i?")  # wait status, whether the deadline ended it
_GRACE_S = 0.25  # from SIGTERM at the deadline, when a worker records its current line, to SIGKILL
DESCRIPTORS = 5  # frames, raw output, raw errors, payload, report


def command(descriptor, warm):
    """Return the command line that runs this server on the socket `descriptor`.

    `warm`: names of modules that workers will probably need; they are imported once, before the first fork.
    """
    return root.command(__name__, "serve", descriptor, warm)


def bounded(seconds):
    """Return a timeout that select accepts: None for ever, otherwise at most 1e6 s. Callers then wait again."""
    return None if seconds is None else max(0, min(seconds, 1e6))


def serve(descriptor, warm):
    """Answer requests until the kernel at the other end of the socket has ended, then end all workers."""
    for name in warm:
        importlib.import_module(name)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    kinship.adopt_orphans()
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
            kind, pid, seconds = REQUEST.unpack(message)
            if kind != KILL and len(descriptors) != DESCRIPTORS:  # this process has too many open files
                for descriptor in descriptors:
                    os.close(descriptor)
            elif kind == KILL:
                children.kill(pid)
            else:
                _start(kind, descriptors, seconds, children)


def guard(kernel, descriptors, seconds):
    """Run a small server for one worker, which is forked from this process itself. Never returns.

    `kernel`: a pidfd of the process whose end also ends the worker.
    """
    os.setsid()  # keeps Ctrl-C from this process; the kernel gets it
    kinship.adopt_orphans()
    children = Children()
    children.selector.register(kernel, selectors.EVENT_READ)
    try:
        _start(FORK, descriptors, seconds, children)
        while children.busy():
            if children.wait():
                children.end_all()
    finally:
        os._exit(0)


def _start(kind, descriptors, seconds, children):
    *streams, report = descriptors
    server = os.getpid()
    try:
        pid = os.fork()
    except OSError:  # no room for another process; the parent learns it from an empty report
        for descriptor in descriptors:
            os.close(descriptor)
        return
    if pid == 0:
        children.forget()
        os.close(report)
        if kind == SPAWN:
            _exec(streams, server)
        child.run(*streams, server)
    for descriptor in streams:
        os.close(descriptor)
    children.adopt(pid, report, seconds)


def _exec(streams, server):
    """Replace this process by a fresh interpreter that runs the same request."""
    for descriptor in streams:
        os.set_inheritable(descriptor, True)
    os.execv(sys.executable, root.command(child.__name__, "run", *streams, server))


class Children:
    """Watch the living children of this process, each with its deadline and the pipe for its report."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self._children = {}

    def adopt(self, pid, report, seconds):
        """Add a new child, make it the leader of a process group, and report its pid."""
        with contextlib.suppress(PermissionError):  # the child has already called exec and set its group itself
            os.setpgid(pid, pid)
        _send(report, STARTED.pack(pid))
        watch = os.pidfd_open(pid)
        self._children[watch] = pid, report, time.monotonic() + seconds, False
        self.selector.register(watch, selectors.EVENT_READ)

    def wait(self):
        """Wait for an event, end children at their deadlines, and return the keys of other events."""
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
        """Tell whether a child is alive."""
        return bool(self._children)

    def _until_deadline(self):
        nearest = min((deadline for _, _, deadline, _ in self._children.values()), default=float("inf"))
        return None if nearest == float("inf") else bounded(nearest - time.monotonic())

    def _reap(self, watch):
        pid, report, _, expired = self._children.pop(watch)
        self.selector.unregister(watch)
        os.close(watch)
        kill_group(pid)  # all that it started; the group keeps its id until its leader is waited for
        _, status = os.waitpid(pid, 0)
        self._end_orphans()
        _send(report, ENDED.pack(status, expired))
        os.close(report)

    def _end_orphans(self):
        """End orphans whose worker has ended: those that are in no living worker's process group."""
        living = {pid for pid, *_ in self._children.values()}
        for orphan in set(_children_of_this()) - living:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                if os.getpgid(orphan) not in living:
                    kill_group(orphan)
                    os.waitpid(orphan, 0)

    def kill(self, pid):
        """End a child and its process group. Does nothing if it has ended already."""
        if any(pid == child_pid for child_pid, *_ in self._children.values()):
            kill_group(pid)

    def end_all(self):
        """End all children and wait for them."""
        for pid, *_ in list(self._children.values()):
            kill_group(pid)
        for watch in list(self._children):
            self._reap(watch)

    def forget(self):
        """Close the server's descriptors in a forked child, which has no children yet."""
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
    """Kill a process and its whole process group."""
    for kill in (os.killpg, os.kill):  # also the process itself, because it may have left its group
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _send(report, message):
    with contextlib.suppress(BrokenPipeError):  # no process waits for this worker any more
        os.write(report, message)
