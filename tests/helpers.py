"""Helpers for tests of several modules. Helper processes import this too, so it must not import pytest."""

import contextlib
import os
import pathlib
import signal
import sys
import time

from shmlab import ipc

PATIENCE_S = 120.0  # longest wait for an event that must come: far more than a busy machine needs


def die():
    """Kill this process with SIGKILL."""
    os.kill(os.getpid(), signal.SIGKILL)


def as_nobody(function, *args):
    """Call a function as the user nobody, who must obey modes; only for a worker, as there is no way back."""
    os.setuid(65534)
    return function(*args)


def acquire_and_die(lock):
    lock.acquire(PATIENCE_S)
    die()


@contextlib.contextmanager
def gate():
    """Yield a semaphore that starts at 0: a process that acquires it waits until another one releases it."""
    semaphore = ipc.Semaphore.create(0)
    try:
        yield semaphore
    finally:
        semaphore.unlink()
        semaphore.close()


def hold_until(lock, ready, go):
    """Acquire `lock`, release `ready`, wait for `go`, and release `lock`."""
    with lock:
        ready.release()
        go.acquire(PATIENCE_S)


def interrupted_at(number, function):
    """Call `function` with an interrupt at line `number` of those that it runs in shmlab; return whether it has so
    many."""
    lines = iter(range(number, -1, -1))

    def trace(frame, event, _):
        if "/shmlab/" not in frame.f_code.co_filename:
            return None
        if event == "line" and next(lines, None) == 0:
            signal.raise_signal(signal.SIGINT)
        return trace

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.settrace(trace)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
        signal.signal(signal.SIGINT, before)
    return False


def processes_below(pid):
    """Return the pids of all descendants of process `pid`."""
    found, left = set(), [pid]
    while left:
        for children in pathlib.Path(f"/proc/{left.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):  # the process has ended
                pids = [int(child) for child in children.read_text().split()]
                found |= set(pids)
                left += pids
    return found


class Elapsed:
    """Measures the time of a block: `with Elapsed() as elapsed: …`, then `elapsed.seconds`."""

    def __enter__(self):
        self._began = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self._began
