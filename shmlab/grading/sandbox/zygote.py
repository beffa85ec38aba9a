"""Start and use a zygote from the parent: a process that has imported everything and forks sandboxes.

Its other side is inside_sandbox/zygote_server.
"""

import os
import socket
import subprocess
import tempfile

from shmlab.base import root
from shmlab.grading.inside_sandbox.zygote_server import LONGEST_ANSWER, MESSAGE, STARTED


class Zygote:
    """Run a zygote. `close` ends it with all its sandboxes."""

    def __init__(self):
        our_end, zygote_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = our_end
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - open until `close`
        with zygote_end:
            self._process = subprocess.Popen(
                root.command("shmlab.grading.inside_sandbox.zygote_server", "serve", zygote_end.fileno()),
                pass_fds=[zygote_end.fileno()],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
                start_new_session=True,
            )

    def start(self, data, control):
        """Start a sandbox and return the pid of its first process.

        `data`, `control`: the sandbox's ends of its two sockets. Raises OSError if it cannot be started.
        """
        try:
            socket.send_fds(self._socket, [MESSAGE], [data.fileno(), control.fileno()])
            answer = self._socket.recv(LONGEST_ANSWER)
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
        if not answer:
            raise OSError(f"no sandbox could be started: what starts them has ended, saying {self._last_words()!r}")
        if not answer.startswith(STARTED):
            raise OSError(f"no sandbox could be started: {answer.decode()}")
        return int(answer[1:])

    def _last_words(self):
        self._output.seek(0)
        lines = self._output.read().decode(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "nothing")

    def close(self):
        """End the zygote and every sandbox that is left."""
        self._socket.close()
        self._process.wait()
        self._output.close()


def _environment():
    """Return the environment variables that a learner's code may see."""
    passed = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH") if name in os.environ}
    folders = {"HOME": "/tmp", "IPYTHONDIR": "/tmp/ipython", "MPLCONFIGDIR": "/tmp/matplotlib", "TMPDIR": "/tmp"}
    quiet = {"PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    quiet["MALLOC_ARENA_MAX"] = "1"  # or each thread maps 64 MiB of the memory that a sandbox may have; see mallopt(3)
    return {**passed, **folders, **quiet, "SHMLAB_STATE": "/tmp/shmlab-state"}
