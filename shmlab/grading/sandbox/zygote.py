"""The parent's side of a zygote: a warm process that starts sandboxes (see zygote_server)."""

import os
import socket
import subprocess
import tempfile

from shmlab.base import root
from shmlab.grading.inside_sandbox.zygote_server import MESSAGE, MOST_WORDS, STARTED


class Zygote:
    """The parent's side: a running zygote. `close` ends it with all its sandboxes."""

    def __init__(self):
        mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = mine
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - until it is closed
        with its:
            self._process = subprocess.Popen(
                root.command("shmlab.grading.inside_sandbox.zygote_server", "serve", its.fileno()),
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
            socket.send_fds(self._socket, [MESSAGE], [data.fileno(), control.fileno()])
            answer = self._socket.recv(MOST_WORDS)
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
        if not answer:
            raise OSError(f"no sandbox could be started: what starts them has ended, saying {self._last_words()!r}")
        if not answer.startswith(STARTED):
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


def _environment():
    """What of our environment a learner's code may see."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH") if name in os.environ}
    folders = {"HOME": "/tmp", "IPYTHONDIR": "/tmp/ipython", "MPLCONFIGDIR": "/tmp/matplotlib", "TMPDIR": "/tmp"}
    quiet = {"PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    return {**kept, **folders, **quiet, "SHMLAB_STATE": "/tmp/shmlab-state"}
