"""A warm process that starts sandboxes: everything a notebook imports is imported once, before anything is judged.

It is a fresh interpreter that has never seen a solution or another learner's work, so its forks have nothing
to give away. A request is one message with two descriptors: the ends of a sandbox's two sockets.
"""

import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import tempfile

from shmlab.grading import confine, warden

_MESSAGE = b"start"
_STARTED = b"!"
_MOST_WORDS = 1000  # bytes of an answer


class Zygote:
    """The parent's side: a running zygote. `close` ends it with all its sandboxes."""

    def __init__(self):
        mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = mine
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - until it is closed
        with its:
            self._process = subprocess.Popen(
                _command(its.fileno()),
                pass_fds=[its.fileno()],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=self._said,
                start_new_session=True,
            )

    def start(self, data, control):
        """Start a sandbox on the other ends of its sockets; returns the pid of its first process."""
        try:
            socket.send_fds(self._socket, [_MESSAGE], [data.fileno(), control.fileno()])
            answer = self._socket.recv(_MOST_WORDS)
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
        if not answer:
            raise OSError(f"no sandbox could be started: what starts them has ended, saying {self._last_words()!r}")
        if not answer.startswith(_STARTED):
            raise OSError(f"no sandbox could be started: {answer.decode()}")
        return int(answer[1:])

    def _last_words(self):
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "nothing")

    def close(self):
        """End it, and every sandbox that is left."""
        self._socket.close()
        self._process.wait()
        self._said.close()


def _command(descriptor):
    """What runs `serve`, with what this interpreter can import; a learner's random.py comes last."""
    path = f"import sys; sys.path += [place for place in {sys.path!r} if place not in sys.path]; "
    return [sys.executable, "-P", "-c", f"{path}from shmlab.grading import zygote; zygote.serve({descriptor})"]


def _environment():
    """What of our environment a learner's code may see."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH") if name in os.environ}
    folders = {"HOME": "/tmp", "IPYTHONDIR": "/tmp/ipython", "MPLCONFIGDIR": "/tmp/matplotlib", "TMPDIR": "/tmp"}
    quiet = {"PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    return {**kept, **folders, **quiet, "SHMLAB_STATE": "/tmp/shmlab-state"}


def serve(descriptor):
    """Serve until the parent has closed its end of the socket."""
    from shmlab.grading import inside

    confine.die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    shell = inside.prepared_shell()
    gc.collect()
    gc.freeze()
    missing_walls = confine.missing_walls()
    owner = os.geteuid(), os.getegid()
    with socket.socket(fileno=descriptor) as parent:
        while True:
            message, descriptors, _, _ = socket.recv_fds(parent, len(_MESSAGE), 2)
            if not message:
                return
            _bury()
            try:
                pid = os.fork() if missing_walls else confine.fork_into_namespaces()
            except OSError as error:
                parent.send(str(error).encode()[:_MOST_WORDS])
                continue
            if pid == 0:
                parent.close()
                warden.run(*descriptors, shell, missing_walls, owner)
            for passed in descriptors:
                os.close(passed)
            parent.send(_STARTED + str(pid).encode())


def _bury():
    """Wait for the sandboxes that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
