"""The machine that something was measured on: its fingerprint, and what it can do at best."""

import dataclasses
import functools
import hashlib
import importlib.metadata
import mmap
import os
import pathlib
import platform
import time

import numpy

from shmlab.ipc import limits


@dataclasses.dataclass(frozen=True)
class Host:
    """What decides how fast anything is: two results compare only where these are alike."""

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
    """The Host that this process runs on. `digest`: of the package's own source files."""
    return Host(
        _processor(),
        len(limits.cpus()),
        _caches(),
        platform.release(),
        platform.python_version(),
        importlib.metadata.version("shmlab"),
        _digest(),
    )


def _processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _caches():
    """As "L1 Data 48K": from /sys, or nothing where a container hides it."""
    found = []
    for folder in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        found.append(f"L{level} {kind} {size}")
    return tuple(found)


@functools.cache
def _digest():
    digest = hashlib.sha256()
    for path in sorted(pathlib.Path(__file__).parent.rglob("*")):
        if path.suffix in (".py", ".c", ".h"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def copy_rate(size_bytes, seconds, cpu=None):
    """Bytes a second of memcpy(3) between two buffers touched before, each call made from Python.

    One process, no other: what a message of this size cannot beat as long as it is copied at all. Below some
    KiB the call from Python costs more than the copy.
    """
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    source, target = (numpy.ones(size_bytes, numpy.uint8) for _ in range(2))
    copies, elapsed_ns = 8, 0
    while elapsed_ns < seconds * 1e9:
        began = time.monotonic_ns()
        for _ in range(copies):
            target[:] = source
        elapsed_ns = time.monotonic_ns() - began
        copies *= 2
    return copies // 2 * size_bytes / (elapsed_ns / 1e9)


def cache_line_round_trips(count, cpus=None):
    """Nanoseconds of a word there and back between two processes that spin on two cache lines, a list.

    The loop is Python's, so this is an upper bound of what the hardware takes. On one processor it would
    measure the scheduler: then the list is empty.
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
