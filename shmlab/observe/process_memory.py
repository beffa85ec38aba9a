"""Search a process's memory, lock it, and ask how the kernel treats it.

A process's private memory is a file to whom the kernel lets look: /proc/PID/mem. Its own user's processes may, if the
setting kernel.yama.ptrace_scope does not say otherwise, and so may root.
Sources: proc_pid_mem(5), ptrace(2), "Ptrace access mode checking"; proc_pid_smaps(5), VmFlags.
"""

from __future__ import annotations

import contextlib
import ctypes
import pathlib
from typing import Any

from shmlab.ipc.libc import checked_call

_CHUNK_BYTES = 1 << 20


def times_in_memory(pid: int, what: bytes) -> int:
    """Return how often these bytes stand in the memory that a process may write to.

    Raises PermissionError where the kernel does not let this process look, ProcessLookupError when the other one has
    ended. Source: proc_pid_mem(5).
    """
    try:
        maps = pathlib.Path(f"/proc/{pid}/maps").read_text(errors="replace").splitlines()
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            return sum(_count(memory, *_place(line), what) for line in maps if line.split()[1].startswith("rw"))
    except FileNotFoundError:
        raise ProcessLookupError(f"process {pid} has ended, or this system hides it") from None


def _place(line: str) -> tuple[int, int]:
    start, end = line.split()[0].split("-")
    return int(start, 16), int(end, 16)


def _count(memory: Any, start: int, end: int, what: bytes) -> int:
    """Count in one mapping; neighbouring chunks overlap, so that nothing is missed between them."""
    found, at = 0, start
    while at < end:
        with contextlib.suppress(OSError, OverflowError):  # pages with nothing behind them
            memory.seek(at)
            found += memory.read(min(_CHUNK_BYTES + len(what) - 1, end - at)).count(what)
        at += _CHUNK_BYTES
    return found


def lock_in_memory(buffer: Any) -> str:
    """Lock the pages of a writable buffer, so that they are never written to swap; return "locked".

    Raises OSError beyond the limit RLIMIT_MEMLOCK. The lock is this process's, and ends with the mapping. Source:
    mlock(2).
    """
    whole = (ctypes.c_char * len(buffer)).from_buffer(buffer)
    checked_call("mlock", ctypes.byref(whole), ctypes.c_size_t(len(buffer)))
    return "locked"


def memory_flags(buffer: Any) -> dict[str, bool]:
    """Return how the kernel treats the memory of a writable buffer: whether it is left out of core dumps, and whether
    it is locked, so that it is never written to swap. Source: proc_pid_smaps(5): dd, lo."""
    address = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    here = False
    for line in pathlib.Path("/proc/self/smaps").read_text(errors="replace").splitlines():
        words = line.split()
        if "-" in words[0] and not words[0].endswith(":"):
            start, end = _place(line)
            here = start <= address < end
        elif here and words[0] == "VmFlags:":
            return {"left out of a core dump": "dd" in words, "locked in memory": "lo" in words}
    raise NotImplementedError("this kernel does not tell the flags of a mapping")
