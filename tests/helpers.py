"""What tests of several modules share. Helper processes import this too: no pytest in here."""

import contextlib
import os
import pathlib
import signal
import time

import posix_ipc
import sysv_ipc

from shmlab import ipc

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


@contextlib.contextmanager
def gate():
    """A semaphore at zero: whoever acquires it waits for whoever releases it."""
    semaphore = ipc.Semaphore.create(0)
    try:
        yield semaphore
    finally:
        semaphore.unlink()
        semaphore.close()


def hold_until(lock, ready, go):
    """Acquire, say so, and release when told."""
    with lock:
        ready.release()
        go.acquire(PATIENCE_S)


def in_kernel():
    """Every object of the kernel, told by the kernel itself: file names, and kinds with their ids."""
    files = {path.name for path in pathlib.Path("/dev/shm").iterdir()}
    for kind in ("shm", "sem", "msg"):
        lines = pathlib.Path("/proc/sysvipc", kind).read_text().splitlines()[1:]
        files |= {f"{kind} {line.split()[1]}" for line in lines}
    return files


def processes_below(pid):
    """The pids of its children, of theirs, and so on."""
    found, left = set(), [pid]
    while left:
        for children in pathlib.Path(f"/proc/{left.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                pids = [int(child) for child in children.read_text().split()]
                found |= set(pids)
                left += pids
    return found


@contextlib.contextmanager
def planted():
    """Somebody else's objects, with names and keys like ours; gives what the kernel holds with them."""
    segment = posix_ipc.SharedMemory("/shmlab-0123456789abcdef", posix_ipc.O_CREX, size=100)
    semaphore = posix_ipc.Semaphore("/shmlab-0123456789abcdef", posix_ipc.O_CREX)
    memory = sysv_ipc.SharedMemory(0x5117AB, sysv_ipc.IPC_CREX, size=100)
    counter = sysv_ipc.Semaphore(0x5117AB, sysv_ipc.IPC_CREX)
    try:
        yield in_kernel()
    finally:
        segment.close_fd()
        segment.unlink()
        semaphore.unlink()
        semaphore.close()
        memory.detach()
        memory.remove()
        counter.remove()


class Elapsed:
    """with Elapsed() as elapsed: …; then elapsed.seconds."""

    def __enter__(self):
        self._began = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self._began
