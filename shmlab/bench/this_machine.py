"""The machine of a measurement: its fingerprint, and its best rates: of a plain copy, of a cache line's round trip."""

import dataclasses
import importlib.metadata
import mmap
import os
import pathlib
import platform
import statistics
import time

import numpy
from numpy.lib.stride_tricks import as_strided

from shmlab.base import root
from shmlab.ipc import limits

_COPIED_AT_ONCE_BYTES, _LEAST_PASSES = 2**18, 5


@dataclasses.dataclass(frozen=True)
class Host:
    """The facts that decide how fast code runs: compare results only if their hosts are equal."""

    processor: str
    cpus: int
    caches: tuple[str, ...]
    kernel: str
    python: str
    shmlab: str
    digest: str

    def __str__(self):
        return f"{self.processor}, {self.cpus} processors, Linux {self.kernel}, Python {self.python}"


def fingerprint():
    """Return the Host that this process runs on; its `digest` is of the package's own source files."""
    return Host(
        _processor(),
        len(limits.cpus()),
        _caches(),
        platform.release(),
        platform.python_version(),
        importlib.metadata.version("shmlab"),
        root.digest(".py", ".c", ".h")[:12],
    )


def _processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _caches():
    """Return the caches, as "L1 Data 48K", from /sys; nothing if a container hides it."""
    found = []
    for folder in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        found.append(f"L{level} {kind} {size}")
    return tuple(found)


def copy_rate(size_bytes, seconds, cpu=None):
    """Measure memcpy(3) between two buffers that were touched before; return bytes a second, the median of the passes.

    No transport that copies its messages can be faster. Short copies are made many at a time, in a C loop, so that
    the call from Python does not count.
    """
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    at_once = max(1, _COPIED_AT_ONCE_BYTES // size_bytes)
    source, target = (_repeated(numpy.ones(size_bytes, numpy.uint8), at_once) for _ in range(2))
    rates, until = [], time.monotonic() + seconds
    while len(rates) < _LEAST_PASSES or time.monotonic() < until:
        began = time.perf_counter_ns()
        target[...] = source
        rates.append(at_once * size_bytes / (time.perf_counter_ns() - began) * 1e9)
    return statistics.median(rates)


def _repeated(buffer, times):
    """Return an array of `times` elements, each of which is the whole buffer."""
    return as_strided(buffer.view(f"V{buffer.size}"), (times,), (0,))


def cache_line_round_trips(count, cpus=None):
    """Send a word there and back between two processes that spin on two cache lines; return a list of nanoseconds.

    The loop runs in Python, so the hardware itself takes less. On one processor this would measure the scheduler:
    then the list is empty.
    """
    if len(limits.cpus()) < 2:
        return []
    with mmap.mmap(-1, mmap.PAGESIZE) as memory, memoryview(memory).cast("Q") as words:
        child = os.fork()
        if child == 0:
            _pin(cpus and cpus[1])
            for number in range(1, count + 1):
                while words[0] != number:
                    pass
                words[8] = number
            os._exit(0)
        _pin(cpus and cpus[0])
        trips = [_there_and_back(words, number) for number in range(1, count + 1)]
        os.waitpid(child, 0)
    return trips


def _pin(cpu):
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})


def _there_and_back(words, number):
    began = time.perf_counter_ns()
    words[0] = number
    while words[8] != number:
        pass
    return time.perf_counter_ns() - began
