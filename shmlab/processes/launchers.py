"""Launch a worker in one of three ways: by our fork server, as a fresh interpreter, by forking this process."""

import os
import socket
import subprocess
import threading

from shmlab.processes import forkserver

# Modules that the fork server imports, because the workers of a program's run need them.
_WARM = ("numpy", "shmlab.runs.stage", "shmlab.runs.stepped_process")


class _Server:
    """Connect to our fork server. It is started at the first request."""

    def __init__(self):
        self.lock = threading.Lock()
        self._socket = None
        self._process = None

    def request(self, kind, descriptors=(), pid=0, seconds=0.0):
        with self.lock:
            if self._process is None or self._process.poll() is not None:
                self._start()
            socket.send_fds(self._socket, [forkserver.REQUEST.pack(kind, pid, seconds)], descriptors)

    def _start(self):
        if self._socket is not None:
            self._socket.close()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                forkserver.command(theirs.fileno(), _WARM),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # keeps Ctrl-C from the server; the kernel gets it
            )

    def close(self):
        """End the server and wait for it."""
        with self.lock:
            if self._socket is not None:
                self._socket.close()
                self._process.wait()
                self._socket = self._process = None


_server = _Server()


def _forget_server():
    # A forked child of this process may not use this server; its first request starts one of its own.
    global _server
    if _server._socket is not None:
        _server._socket.close()
    if _server._process is not None:
        _server._process.returncode = 0  # the server is not its child: avoids the warning that it still runs
    _server = _Server()


os.register_at_fork(after_in_child=_forget_server)


def _launch_here(descriptors, deadline_s):
    """Fork this process twice: a guard, and from it the worker. The guard watches the worker as the server would."""
    kernel = os.pidfd_open(os.getpid())
    middle = os.fork()
    if middle == 0:
        if os.fork() == 0:
            forkserver.guard(kernel, descriptors, deadline_s)
        os._exit(0)
    os.close(kernel)
    os.waitpid(middle, 0)


LAUNCHERS = {
    "forkserver": lambda descriptors, seconds: _server.request(forkserver.FORK, descriptors, seconds=seconds),
    "spawn": lambda descriptors, seconds: _server.request(forkserver.SPAWN, descriptors, seconds=seconds),
    "fork": _launch_here,
}


def kill(pid, method):
    """End a worker and its process group."""
    if method == "fork":
        forkserver.kill_group(pid)
    else:
        _server.request(forkserver.KILL, pid=pid)
