"""Find what stays in the kernel when a process has ended: four kinds of shared memory, several ways to end.

A name or a key leads to a POSIX and to a System V segment, whoever made it. Nothing leads to anonymous memory and to a
memfd but the processes that have them. So the first two are looked for by name and key after the end, the last two by
their inodes in the maps of all processes. Sources: shm_overview(7), sysvipc(7), mmap(2), memfd_create(2).
"""

from __future__ import annotations

import contextlib
import dataclasses
import mmap
import os
import pathlib
from collections.abc import Callable
from typing import Any

from shmlab.base.interrupts import undisturbed
from shmlab.base.table import Table, Tabled
from shmlab.ipc import PosixSegment, SysvSegment, kinds, names, objects, remove
from shmlab.observe import address_spaces
from shmlab.processes.workers import start

POSIX, SYSV, ANONYMOUS, MEMFD = kinds.POSIX_SEGMENT, kinds.SYSV_SEGMENT, "anonymous memory", "memfd"
KINDS = POSIX, SYSV, ANONYMOUS, MEMFD
_SIZE_BYTES = 4096


@dataclasses.dataclass(frozen=True)
class End:
    """Hold the end of a process that had all four kinds. `ending`: the name of the function that ended it. `words`: how
    it ended. `stays`: kind -> whether that memory still exists.
    """

    ending: str
    words: str
    stays: dict[str, bool]


@dataclasses.dataclass(frozen=True, repr=False)
class WhatStays(Tabled):
    """Hold what stays after each way to end: a tuple of End."""

    ends: tuple[End, ...]

    def table(self) -> Table:
        """Return a Table with one row for each kind of memory, and one column for each way to end."""
        headings = ("shared memory", *(end.ending for end in self.ends))
        rows = tuple((kind, *("stays" if end.stays[kind] else "gone" for end in self.ends)) for kind in KINDS)
        note = "\n".join(f"{end.ending}: the process {end.words}" for end in self.ends)
        return Table("", headings, rows, note)


def what_stays(*endings: Callable[[], object]) -> WhatStays:
    """Let a process for each of `endings` make shared memory of four kinds and then call `ending()`; return WhatStays.

    When all is known, what stayed is removed. Linux only. Raises ChildProcessError if a process ends before it has made
    all four, OSError if one of them cannot be made.
    """
    return WhatStays(tuple(_end(ending) for ending in endings))


def _end(ending: Callable[[], object]) -> End:
    name, key = names.random_name(), names.random_key()
    worker = None
    try:
        with PosixSegment.create(None, _SIZE_BYTES) as note:
            with undisturbed():
                worker = start(_make_all, name, key, note, ending, name=ending.__name__)
            worker.join()
            places = bytes(note.buffer).rstrip(b"\0").decode().split()
        if not places:
            worker.result()  # raises what it raised
            raise ChildProcessError(f"{worker.name} {worker.exit.words} before it had made its memory")
        mapped = _mapped()
        stays = {
            POSIX: kinds.identity(POSIX, name) is not None,
            SYSV: kinds.identity(SYSV, key) is not None,
            ANONYMOUS: places[0] in mapped,
            MEMFD: places[1] in mapped,
        }
        return End(ending.__name__, worker.exit.words, stays)
    finally:
        with undisturbed():
            if worker is not None:
                worker.kill()
            for found in objects(counted=False):
                if found.name in (name, key):
                    remove(found)


def _make_all(name: str, key: int, note: PosixSegment, ending: Callable[[], object]) -> None:
    """Make the four kinds, note where the last two are found in the maps, and end."""
    kept: list[Any] = [PosixSegment.create(name, _SIZE_BYTES, keep=True)]  # keep: the package leaves them alone
    kept.append(SysvSegment.create(key, _SIZE_BYTES, keep=True))
    before = _mapped("self")
    kept.append(mmap.mmap(-1, _SIZE_BYTES))
    (anonymous,) = _mapped("self") - before
    descriptor = os.memfd_create("lesson")
    os.ftruncate(descriptor, _SIZE_BYTES)
    kept.append(mmap.mmap(descriptor, _SIZE_BYTES))
    (memfd,) = _mapped("self") - before - {anonymous}
    place = f"{anonymous} {memfd}".encode()
    note.buffer[: len(place)] = place
    ending()


def _mapped(pid: str = "[0-9]*") -> set[str]:
    """Return the shared memory that processes map, each as device:inode. Those of other users may not be looked into;
    they cannot have it either."""
    found = set()
    for maps in pathlib.Path("/proc").glob(f"{pid}/maps"):
        with contextlib.suppress(OSError):  # another user's, or it has ended
            mappings = address_spaces.parse(maps.read_text(errors="replace"))
            found |= {f"{one.device}:{one.inode}" for one in mappings if one.shared and one.inode}
    return found
