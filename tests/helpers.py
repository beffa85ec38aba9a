"""What tests of several modules share. Helper processes import this too: no pytest in here."""

import os
import pathlib
import signal
import time

PATIENCE_S = 30.0  # for what must happen: far beyond what a busy machine needs


def die():
    """kill -9 for this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def as_nobody(function, *args):
    """Call it as an ordinary user, whom modes apply to; for a worker, since there is no way back."""
    os.setuid(65534)
    return function(*args)


def acquire_and_die(lock):
    lock.acquire(PATIENCE_S)
    die()


def hold_until(lock, ready, go):
    """Acquire, say so, and release when told."""
    with lock:
        ready.release()
        go.acquire(PATIENCE_S)


def in_kernel():
    """Every object of the kernel, told by the kernel itself: file names, and kinds with their ids."""
    files = {path.name for path in pathlib.Path("/dev/shm").iterdir()}
    for kind in ("shm", "sem"):
        lines = pathlib.Path("/proc/sysvipc", kind).read_text().splitlines()[1:]
        files |= {f"{kind} {line.split()[1]}" for line in lines}
    return files


class Elapsed:
    """with Elapsed() as elapsed: …; then elapsed.seconds."""

    def __enter__(self):
        self._began = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self._began
