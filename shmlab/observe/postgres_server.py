"""A PostgreSQL server of one's own: in a scratch folder, reached through a socket file there, gone in the end.

It listens on no network address, knows no other server, and is told to shut down by the kernel if the process that
started it dies. PostgreSQL refuses to run as root: for root it runs as the user nobody.
Sources: postgres(1), initdb(1), psql(1); PostgreSQL's documentation, "Server Setup and Operation".
"""

from __future__ import annotations

import contextlib
import glob
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from shmlab.base.interrupts import undisturbed
from shmlab.observe import program_output
from shmlab.observe.less_allowed import NOBODY

LONGEST_S = 60  # for a start or an end; a busy machine needs a few
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")
_PROGRAMS = ("postgres", "initdb", "psql")
_SMALL = {
    "listen_addresses": "",  # no TCP
    "shared_buffers": "4MB",
    "max_connections": "8",
    "huge_pages": "off",
    "shared_memory_type": "mmap",
    "dynamic_shared_memory_type": "posix",
    "fsync": "off",  # what must survive here is a kill, not a power failure
    "autovacuum": "off",
    "bgwriter_lru_maxpages": "0",
    "checkpoint_timeout": "1h",
    "logging_collector": "off",
    "log_destination": "stderr",
    "lc_messages": "C",
}
# Plain Python, as it runs before each program: to import this package would take longer than the program does.
_BECOME = f"""
import ctypes, os, sys
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
    os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
ctypes.CDLL(None).prctl(1, {int(signal.SIGQUIT)}, 0, 0, 0)  # PR_SET_PDEATHSIG, prctl(2)
if os.getppid() == int(sys.argv[1]):  # else it has died meanwhile
    os.chdir("/")
    os.execv(sys.argv[2], sys.argv[2:])
"""


class Refused(RuntimeError):
    """A server that does not start; the text is the last of its own messages."""


def programs() -> str | None:
    """Return the folder that holds postgres, initdb and psql, or None: the one on the PATH, else the newest."""
    on_path = shutil.which("postgres")
    folders = [os.path.dirname(os.path.realpath(on_path))] if on_path else []
    for pattern in _PLACES:
        folders += sorted(glob.glob(pattern), key=lambda name: [len(name), name], reverse=True)
    return next((one for one in folders if all(os.access(f"{one}/{name}", os.X_OK) for name in _PROGRAMS)), None)


class Server:
    """One server and its data; `scratch_server` makes it.

    `log`: the lines that it has printed since its last start.
    """

    def __init__(self, folder: str, data: str) -> None:
        self.folder, self.data = folder, data
        self.log: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._sessions: list[tuple[int, subprocess.Popen[bytes]]] = []  # (pidfd of the backend, psql)
        self._killed = False

    @property
    def pid(self) -> int:
        """The process id of the postmaster, the server's first process."""
        return cast("subprocess.Popen[bytes]", self._process).pid

    @property
    def version(self) -> str:
        """What `postgres --version` prints."""
        return program_output.done([f"{self.folder}/postgres", "--version"]).stdout.strip()

    def recorded_segment(self) -> tuple[int, int]:
        """Return (key, id) of the System V segment that the server has written into postmaster.pid."""
        line = pathlib.Path(self.data, "postmaster.pid").read_text().splitlines()[6]
        key, number = line.split()
        return int(key), int(number)

    def start(self) -> None:
        """Start it, and wait until it accepts connections. Raises Refused if it does not."""
        settings = _SMALL | {"unix_socket_directories": os.path.dirname(self.data)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.log, before = [], self._process
        with undisturbed():
            self._process = subprocess.Popen(
                _as_ordinary(f"{self.folder}/postgres", "-D", self.data, *options),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                start_new_session=True, env=os.environ | {"LC_ALL": "C"}, cwd="/",
            )  # fmt: skip
        if not self._hear(until="ready to accept connections"):
            self._process.wait()
            self._process = before if self._killed else None  # the one whose processes may still be there
            raise Refused("\n".join(line for line in self.log if "FATAL" in line or "HINT" in line) or self.log[-1])
        self._killed = False

    def ask(self, query: str) -> list[list[str]]:
        """Run SQL and return its rows, as lists of text. Raises RuntimeError with psql's message."""
        ended = program_output.done(self._psql("-c", query), LC_ALL="C")
        if ended.returncode:
            raise RuntimeError(ended.stderr.strip())
        return [line.split("\t") for line in ended.stdout.splitlines()]

    def session(self, *statements: str) -> tuple[int, subprocess.Popen[bytes]]:
        """Open a session that stays, and run statements in it; return (process id of its backend, psql's process)."""
        with undisturbed():
            psql = subprocess.Popen(
                self._psql(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                start_new_session=True, cwd="/",
            )  # fmt: skip
            tell(psql, "SELECT pg_backend_pid();")
            pid = int(answer(psql))
            self._sessions.append((os.pidfd_open(pid), psql))
        tell(psql, *statements)
        return pid, psql

    def kill(self) -> None:
        """Kill the postmaster by SIGKILL, and wait until it is gone; its other processes are on their own."""
        process = cast("subprocess.Popen[bytes]", self._process)
        with undisturbed():
            self._killed = True
            process.kill()
            process.wait()

    def kill_sessions(self) -> None:
        """Kill the backends of all sessions by SIGKILL, and wait until no process of the server is left."""
        while self._sessions:
            backend, psql = self._sessions.pop()
            with contextlib.suppress(ProcessLookupError), open(backend, closefd=True):
                signal.pidfd_send_signal(backend, signal.SIGKILL)
            psql.kill()
            psql.communicate()
        self._hear()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Ask it to shut down, and wait until all its processes have ended. SIGINT: orderly; SIGQUIT: at once."""
        process = cast("subprocess.Popen[bytes]", self._process)
        if process.poll() is None:
            process.send_signal(how)
        self._hear()
        process.wait(LONGEST_S)

    def end(self) -> None:
        """End whatever there still is. One that was killed is started once more, to remove what it left behind."""
        if self._process is None:
            return
        if self._killed:
            self.kill_sessions()
            self.start()
        if self._process.poll() is None:
            self.stop(signal.SIGQUIT)
        self.kill_sessions()

    def _psql(self, *options: str) -> list[str]:
        place = os.path.dirname(self.data)
        plain = ("-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1")
        return _as_ordinary(f"{self.folder}/psql", *plain, "-h", place, "-U", "shmlab", "-d", "postgres", *options)

    def _hear(self, until: str = "") -> bool:
        """Read what it prints, until these words, or to its end: then the last process that has the pipe is gone.

        Raises TimeoutError after LONGEST_S seconds of silence.
        """
        pipe = cast(BinaryIO, cast("subprocess.Popen[bytes]", self._process).stdout)
        text = b""
        while select.select([pipe], [], [], LONGEST_S)[0]:
            got = os.read(pipe.fileno(), 2**16)
            text += got
            if not got or (until and until.encode() in text):
                self.log += text.decode(errors="replace").splitlines()
                return bool(got)
        raise TimeoutError(f"PostgreSQL has been silent for {LONGEST_S} s")


def tell(psql: subprocess.Popen[bytes], *statements: str) -> None:
    """Give statements to a session; do not wait for them."""
    pipe = cast(BinaryIO, psql.stdin)
    pipe.write("\n".join([*statements, ""]).encode())
    pipe.flush()


def answer(psql: subprocess.Popen[bytes]) -> str:
    """Wait for the next line that a session answers, and return it."""
    return cast(BinaryIO, psql.stdout).readline().decode()


@contextlib.contextmanager
def scratch_server(folder: str) -> Iterator[Server]:
    """Make a database in a scratch folder and yield a Server for it, not yet started; end all of it afterwards.

    `folder`: that of PostgreSQL's programs. Raises Refused where initdb fails.
    """
    with tempfile.TemporaryDirectory(prefix="shmlab-") as place:
        if os.geteuid() == 0:
            os.chown(place, NOBODY, NOBODY)
        data = f"{place}/data"
        quick = ("-A", "trust", "-U", "shmlab", "-N", "--no-locale", "-E", "UTF8", "--wal-segsize=1")
        ended = program_output.done(_as_ordinary(f"{folder}/initdb", "-D", data, *quick), LC_ALL="C")
        if ended.returncode:
            raise Refused((ended.stderr.strip() or ended.stdout.strip()).splitlines()[-1])
        server = Server(folder, data)
        try:
            yield server
        finally:
            with undisturbed():
                server.end()


def _as_ordinary(*command: str) -> list[str]:
    """Return the command line that runs a program as an ordinary user; it is asked to shut down if we die."""
    return [sys.executable, "-I", "-S", "-c", _BECOME, str(os.getpid()), *command]
