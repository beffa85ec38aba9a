"""Address spaces: what processes have mapped, and which of it is the same memory in several processes.

/proc/PID/maps has a line for each mapping. Two mappings are of one object when device and inode agree; the object
is *shared* when both lines have an `s` (MAP_SHARED): with a `p` each process has its own copy of every page that it
writes to. Sources: proc_pid_maps(5), mmap(2).
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
from collections.abc import Sequence
from typing import Any

from shmlab.base.plurals import counted
from shmlab.base.table import Table, Tabled
from shmlab.ipc import limits

_LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) ([0-9a-f]+:[0-9a-f]+) (\d+) *(.*)")
_C_LIBRARY = re.compile(r".*/(libc[.-]|ld-musl-)[^/]*")
_NOT_MEMORY = ("[vdso]", "[vvar]", "[vvar_vclock]", "[vsyscall]")
_FAR_BYTES = 2**40  # private mappings that lie further apart are separate Regions


@dataclasses.dataclass(frozen=True)
class Mapping:
    """One line of /proc/PID/maps: the addresses from `start` up to `end`, of an object from byte `offset` on.

    `permissions`: r, w, x or -, then s (shared) or p (private). `inode` is 0 and `path` is empty for memory
    that belongs to no object.
    """

    start: int
    end: int
    permissions: str
    offset: int
    device: str
    inode: int
    path: str

    @property
    def size_bytes(self) -> int:
        return self.end - self.start

    @property
    def shared(self) -> bool:
        """Whether stores go to the object itself, so that every process that maps it sees them."""
        return self.permissions[3] == "s"

    @property
    def identity(self) -> tuple[str, int, bool] | None:
        """(device, inode, whether System V) of the mapped object, or None for memory that belongs to no object.

        The third is needed because a System V segment has its id, from 0 up, as inode: anonymous shared memory on the
        same device may have the same number.
        """
        system_v = self.path.startswith("/SYSV")
        return (self.device, self.inode, system_v) if self.inode or system_v else None

    @property
    def name(self) -> str:
        """The mapped object in words, a file without its folder: System V segment 0x4d2, anonymous memory."""
        path = self.path.removesuffix(" (deleted)")
        gone = " (unlinked)" if path != self.path else ""
        if self.path.startswith("/SYSV"):
            return f"System V segment {int(path[5:], 16):#x}"
        if path == "/dev/zero" and gone:  # the kernel's name for memory from MAP_SHARED | MAP_ANONYMOUS
            return "anonymous shared memory"
        if path.startswith("/dev/shm/sem."):
            return f"POSIX semaphore /{path.removeprefix('/dev/shm/sem.')}{gone}"
        if path.startswith("/dev/shm/"):
            return f"POSIX segment {path.removeprefix('/dev/shm')}{gone}"
        return (path.rpartition("/")[2] or "anonymous memory") + gone


def parse(text: str) -> tuple[Mapping, ...]:
    """Return the mappings in the text of a maps file, a tuple of Mapping. Raise ValueError for any other line."""
    return tuple(_mapping(line) for line in text.splitlines() if line)


def _mapping(line: str) -> Mapping:
    found = _LINE.fullmatch(line)
    if not found:
        raise ValueError(f"{line!r} is no line of /proc/PID/maps: expected start-end permissions offset device inode")
    start, end, permissions, offset, device, inode, path = found.groups()
    return Mapping(int(start, 16), int(end, 16), permissions, int(offset, 16), device, int(inode), path)


def read(pid: int) -> tuple[Mapping, ...]:
    """Return the mappings of a running process, a tuple of Mapping.

    Raises ProcessLookupError when it has ended, PermissionError for another user's process.
    """
    try:
        found = parse(pathlib.Path(f"/proc/{pid}/maps").read_text(errors="replace"))
    except (FileNotFoundError, ProcessLookupError):
        found = ()
    except PermissionError:
        raise PermissionError(f"process {pid} is another user's: its maps are for its user and for root") from None
    if not found:
        raise ProcessLookupError(f"process {pid} has ended, and its address space with it: look while it runs")
    return found


@dataclasses.dataclass(frozen=True)
class Region:
    """Neighbouring mappings of one address space that are of one `sort`.

    `sort`: "program", "C library", "heap", "stack", "shared", or "private" for all other libraries and memory.
    """

    sort: str
    mappings: tuple[Mapping, ...]

    @property
    def start(self) -> int:
        return self.mappings[0].start

    @property
    def end(self) -> int:
        return self.mappings[-1].end

    @property
    def size_bytes(self) -> int:
        """The bytes of its mappings together, without the gaps between them."""
        return sum(one.size_bytes for one in self.mappings)

    @property
    def permissions(self) -> str:
        """The permissions as the kernel writes them; for several mappings their number and the last letter."""
        letters = self.mappings[0].permissions
        return letters if len(self.mappings) == 1 else f"{len(self.mappings)} mappings, {letters[3]}"

    @property
    def identity(self) -> tuple[str, int, bool] | None:
        """The identity of the object that it maps, or None for "private", which may be several objects and memory."""
        return None if self.sort == "private" else self.mappings[0].identity

    @property
    def name(self) -> str:
        if self.sort == "shared":
            return self.mappings[0].name
        if self.sort in ("program", "C library"):
            return f"{self.sort} ({self.mappings[0].name})"
        if self.sort != "private":
            return self.sort
        files = len({one.identity for one in self.mappings if one.identity})
        libraries = [counted(files, "library", "libraries")] * bool(files)
        return ", ".join(libraries + ["own memory"] * any(not one.identity for one in self.mappings))

    def overlaps(self, other: Region) -> bool:
        """Return whether both map some of the same bytes of the same object."""
        return self.identity is not None and self.identity == other.identity and any(
            one.offset < two.offset + two.size_bytes and two.offset < one.offset + one.size_bytes
            for one in self.mappings
            for two in other.mappings
            if one.identity == two.identity
        )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class AddressSpace:
    """One process's `mappings`, in the order of their addresses."""

    name: str
    mappings: tuple[Mapping, ...]

    @property
    def regions(self) -> tuple[Region, ...]:
        """The mappings, grouped into a few Regions."""
        found: list[tuple[str, list[Mapping]]] = []
        program = next((one.path for one in self.mappings if one.inode), "")
        for one in self.mappings:
            if one.path in _NOT_MEMORY:
                continue
            last = found[-1][1][-1] if found else None
            sort = _sort(one, program)
            touches = last is not None and last.end == one.start
            if touches and not one.path and found[-1][0] in ("program", "C library"):
                sort = found[-1][0]  # variables that start as zero have no file
            if last is not None and sort == found[-1][0] and _one_breath(sort, last, one):
                found[-1][1].append(one)
            else:
                found.append((sort, [one]))
        return tuple(Region(sort, tuple(mappings)) for sort, mappings in found)


def _sort(mapping: Mapping, program: str) -> str:
    if mapping.shared and mapping.identity:
        return "shared"
    if mapping.path in ("[heap]", "[stack]"):
        return mapping.path.strip("[]")
    if mapping.path and mapping.path == program:
        return "program"
    return "C library" if _C_LIBRARY.fullmatch(mapping.path) else "private"


def _one_breath(sort: str, last: Mapping, one: Mapping) -> bool:
    if sort == "private":
        return one.start - last.end < _FAR_BYTES
    return last.end == one.start and (sort != "shared" or last.identity == one.identity)


SHARED, COPIES, OWN, ALONE = "shared: one piece of memory", "same file, private copies", "private to each", "only here"


@dataclasses.dataclass(frozen=True, repr=False)
class AddressSpaces(Tabled):
    """The address spaces of some processes side by side; address_space returns it."""

    spaces: tuple[AddressSpace, ...]

    def shared(self) -> tuple[tuple[Mapping | None, ...], ...]:
        """Return what two or more of them share: for each object a tuple with a Mapping or None for each process."""
        return tuple(
            tuple(region.mappings[0] if region else None for region in row)
            for row in self._rows()
            if self._between(row) == SHARED
        )

    def table(self) -> Table:
        """Return a Table with a row for each mapped object: where each process has it, and whether it is shared."""
        rows = []
        for row in self._rows():
            one = next(region for region in row if region)
            name = "libraries, other memory" if one.sort == "private" else one.name
            rows.append((name, *map(_cell, row), self._between(row)))
        note = "address, size, number of mappings where several; r w x, then s for shared or p for private"
        return Table("", ("what", *(space.name for space in self.spaces), "between them"), tuple(rows), note)

    def _between(self, row: Sequence[Region | None]) -> str:
        found = [region for region in row if region]
        if len(found) < 2:
            return ALONE if len(self.spaces) > 1 else "shared" if found[0].sort == "shared" else "private"
        if found[0].sort == "shared":
            return SHARED
        return COPIES if all(found[0].overlaps(other) for other in found[1:]) else OWN

    def _rows(self) -> list[list[Region | None]]:
        """Return a list for each object: its Region in each process, or None.

        Shared ones first, the rest by address.
        """
        rows: list[list[Region | None]] = []
        for at, space in enumerate(self.spaces):
            for region in _folded(space.regions):
                row = next((row for row in rows if row[at] is None and _same(row, region)), None)
                if row is None:
                    row = [None] * len(self.spaces)
                    rows.append(row)
                row[at] = region
        return sorted(rows, key=lambda row: next(region for region in row if region).sort != "shared")


def _folded(regions: Sequence[Region]) -> list[Region]:
    """Return the regions with all "private" ones as one, at the place of the first."""
    private = [one for region in regions if region.sort == "private" for one in region.mappings]
    first = next((region for region in regions if region.sort == "private"), None)
    return [
        Region("private", tuple(private)) if region is first else region
        for region in regions
        if region.sort != "private" or region is first
    ]


def _same(row: Sequence[Region | None], region: Region) -> bool:
    other = next(found for found in row if found)
    if "shared" in (other.sort, region.sort):
        return other.sort == region.sort and region.overlaps(other)
    return other.sort == region.sort


def _cell(region: Region | None) -> str:
    return f"{region.start:#x} {limits.in_words(region.size_bytes)} {region.permissions}" if region else ""


def address_space(*processes: Any) -> AddressSpaces:
    """Read what some running processes have mapped; return their address spaces side by side, AddressSpaces.

    `processes`: Workers, other objects with a `pid`, or process ids. Raises TypeError for anything else,
    ProcessLookupError for a process that has ended, PermissionError for another user's. Source: proc_pid_maps(5).
    """
    if not processes:
        raise TypeError("address_space takes one process or more: Workers, or their numbers such as os.getpid()")
    return AddressSpaces(tuple(_space(one) for one in processes))


def _space(process: Any) -> AddressSpace:
    pid = getattr(process, "pid", process)
    if isinstance(pid, bool) or not isinstance(pid, int):
        raise TypeError(f"{process!r} is no process: give a Worker, something else with a pid, or a pid")
    name = getattr(process, "name", "this process" if pid == os.getpid() else "process")
    return AddressSpace(f"{name} ({pid})", read(pid))
