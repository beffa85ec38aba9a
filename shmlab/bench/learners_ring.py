"""A ring whose two loops a learner wrote, timed beside a pipe.

Each measurement runs in a fresh process, which forks: the notebook's own process has threads and should not fork.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

from shmlab.ipc import PosixSegment, PosixSemaphore
from shmlab.processes.workers import start

_ROUNDS = 4  # the first one warms up and does not count


def through_a_ring(send, receive, size_bytes, count, slots):
    """Send `count` messages through a ring of `slots` slots that two semaphores guard; return nanoseconds a message.

    `send`, `receive`: functions that take (memory, size_bytes, count, free, filled).
    """
    free, filled = PosixSemaphore.create(None, slots), PosixSemaphore.create(None, 0)
    with PosixSegment.create(None, slots * size_bytes) as segment, segment.buffer as memory:
        segment.prefault()  # touch every page before the clock starts
        began = time.perf_counter_ns()
        if os.fork() == 0:
            receive(memory, size_bytes, count, free, filled)
            os._exit(0)
        send(memory, size_bytes, count, free, filled)
        os.wait()
        elapsed = time.perf_counter_ns() - began
    for semaphore in (free, filled):
        semaphore.unlink()
        semaphore.close()
    return elapsed / count


def through_a_pipe(size_bytes, count):
    """Send `count` messages through a pipe, with a write for each; return nanoseconds a message."""
    read_end, write_end = os.pipe()
    message, began = bytes(size_bytes), time.perf_counter_ns()
    if os.fork() == 0:
        os.close(write_end)
        left = size_bytes * count
        while left:
            left -= len(os.read(read_end, min(size_bytes, left)))
        os._exit(0)
    os.close(read_end)
    for _ in range(count):
        os.write(write_end, message)  # waits while the pipe is full
    os.wait()
    os.close(write_end)
    return (time.perf_counter_ns() - began) / count


def ring_and_pipe(
    send: Callable[..., object], receive: Callable[..., object], size_bytes: int, *, slots: int, count: int = 20_000
) -> tuple[float, float]:
    """Return (ring, pipe), nanoseconds a message: the medians of three rounds in which both are measured in turn."""
    rounds = [
        (
            start(through_a_ring, send, receive, size_bytes, count, slots).result(),
            start(through_a_pipe, size_bytes, count).result(),
        )
        for _ in range(_ROUNDS)
    ]
    return tuple(statistics.median(times) for times in zip(*rounds[1:], strict=True))
