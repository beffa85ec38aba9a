"""The objects that are in the kernel now, POSIX and System V together, as a table.

`ipcs` lists only System V objects. The kernel keeps no attach count of POSIX segments; it is counted here, from
the maps of every process that this user may look into. Sources: proc(5), ipcs(1).
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import os
import pathlib
import pwd
import stat
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from shmlab.base.table import Table, Tabled
from shmlab.ipc import creator, kinds, ledger, limits, names
from shmlab.ipc.creator import Creator


@dataclasses.dataclass(frozen=True)
class KernelObject:
    """One object of the kernel.

    `attached`: how many attachments (System V) or processes that map it (POSIX). It and `creator_alive` are None
    where they are not known. `marked_for_removal`: whether it is a System V segment that ends with its last detach.
    """

    kind: str
    name: str | int
    id: int | None
    size_bytes: int | None
    mode: int
    owner: str
    attached: int | None
    creator_pid: int | None
    creator_alive: bool | None
    ours: bool
    identity: tuple[int, ...]
    marked_for_removal: bool = False


class Listing(Tabled, tuple[KernelObject, ...]):
    """A tuple of KernelObject that prints as a table."""

    empty = "Nothing of ours is in the kernel."

    def table(self) -> Table:
        """Return a Table with one row for each object."""
        headings = ("kind", "name or key", "id", "size", "mode", "owner", "attached", "creator")
        caption = "" if self else self.empty
        return Table(caption, headings, tuple(_row(found) for found in self))


def objects(*, everyone: bool = False, counted: bool = True) -> Listing:
    """Return the kernel objects of our ledger that exist now, as a Listing; `everyone=True`: all on this host.

    `counted=False`: do not count which processes map POSIX objects, which means reading the maps of each process.
    """
    # Called once, and only if there is a POSIX object:
    mapped = functools.cache(_mapped_inodes)
    found = Lister().look(attached=(lambda inode: mapped().get(inode, 0)) if counted else None)
    return listing(found, everyone=everyone)


def listing(found: Iterable[KernelObject], *, everyone: bool) -> Listing:
    """Return those of the objects that are ours, or `everyone`'s, as a Listing."""
    made = Listing(one for one in found if everyone or one.ours)
    if everyone:
        made.empty = "Nothing is in the kernel."
    return made


class Lister:
    """List the objects again and again, and makes a KernelObject anew only where something changed.

    A POSIX object is unchanged while its name, inode, size, mode, owner and time of change are; a System V object
    while its line in the kernel's table is. All is made anew when a file of the ledger changed.
    """

    def __init__(self) -> None:
        self._ledger: object = None
        self._recorded: dict[tuple[Any, ...], ledger.Entry] = {}
        self._known: dict[Hashable, tuple[KernelObject, Creator | None]] = {}

    def look(
        self,
        *,
        attached: Callable[[int], int] | None = None,
        start_ticks: Callable[[int], int | None] = creator.start_ticks,
    ) -> list[KernelObject]:
        """Return all objects that exist now. `attached`: inode of a POSIX object -> how many processes map it; None:
        not known. `start_ticks`: as creator.start_ticks."""
        self._read_ledger()
        started = functools.cache(start_ticks)  # one process may have created thousands
        known: dict[Hashable, tuple[KernelObject, Creator | None]] = {}
        for facts, make, *source in itertools.chain(self._posix(), self._sysv()):
            known[facts] = _now(self._known.get(facts) or make(*source), attached, started)
        self._known = known
        return [found for found, _ in known.values()]

    def _read_ledger(self) -> None:
        state = [(str(path), ledger.age(path)) for path in ledger.files()]
        if state != self._ledger:
            self._ledger, self._known = state, {}
            self._recorded = {
                (entry.kind, entry.name, *entry.identity): entry
                for entry in ledger.entries()
                if entry.creator.here() and entry.identity is not None
            }

    def _posix(self) -> Iterator[tuple[Any, ...]]:
        """Yield for each object what identifies its state, then a function and arguments that make its KernelObject."""
        for entry in sorted(os.scandir(names.POSIX_FOLDER), key=lambda entry: entry.name):
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if stat.S_ISREG(status.st_mode):
                numbers = (status.st_ino, status.st_size, status.st_mode, status.st_uid, status.st_ctime_ns)
                yield (entry.name, *numbers), self._posix_object, entry, status

    def _posix_object(self, file: os.DirEntry[str], status: os.stat_result) -> tuple[KernelObject, Creator | None]:
        is_semaphore = file.name.startswith(names.SEMAPHORE_PREFIX)
        kind = kinds.POSIX_SEMAPHORE if is_semaphore else kinds.POSIX_SEGMENT
        name = "/" + file.name.removeprefix(names.SEMAPHORE_PREFIX if is_semaphore else "")
        identity = tuple(names.file_identity(file.path) or ())
        entry = self._recorded.get((kind, name, *identity))
        return KernelObject(
            kind,
            name,
            None,
            status.st_size,
            status.st_mode & 0o777,
            _user(status.st_uid),
            None,
            entry.creator.pid if entry else None,
            None,
            entry is not None,
            identity,
        ), entry.creator if entry else None

    def _sysv(self) -> Iterator[tuple[Any, ...]]:
        for kind in kinds.SYSV:
            fields, lines = kinds.text(kind)
            for line in lines:
                yield (kind, line), self._sysv_object, kind, fields, line

    def _sysv_object(self, kind: str, fields: list[str], line: str) -> tuple[KernelObject, Creator | None]:
        row = kinds.parsed(kind, fields, line)
        entry = self._recorded.get((kind, row["key"], row["id"]))
        return KernelObject(
            kind,
            row["key"],
            row["id"],
            row.get("size"),
            row["perms"] & 0o777,
            _user(row["uid"]),
            row.get("nattch"),
            # A cpid of 0 is a process of another PID namespace; semaphores have none.
            row.get("cpid") or (entry.creator.pid if entry else None),
            None,
            entry is not None,
            (row["id"],),
            bool(row["perms"] & kinds.MARKED_FOR_REMOVAL),
        ), entry.creator if entry else None


def _now(
    known: tuple[KernelObject, Creator | None],
    attached: Callable[[int], int] | None,
    started: Callable[[int], int | None],
) -> tuple[KernelObject, Creator | None]:
    """Return an object with what changes while it does not: whether its creator lives, how many map a POSIX one."""
    found, maker = known
    alive, count = None, found.attached
    if maker is not None:
        alive = started(maker.pid) == maker.start_ticks
    elif found.creator_pid is not None:
        alive = started(found.creator_pid) is not None
    if found.kind not in kinds.SYSV:
        count = attached(found.identity[1]) if attached and found.identity else None
    if alive is found.creator_alive and count == found.attached:
        return known
    return dataclasses.replace(found, creator_alive=alive, attached=count), maker


def _mapped_inodes() -> dict[int, int]:
    """Return how many processes map each file of /dev/shm, by inode."""
    counts: dict[int, int] = {}
    device = os.stat(names.POSIX_FOLDER).st_dev
    wanted = f"{os.major(device):02x}:{os.minor(device):02x}"
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            lines = (folder / "maps").read_text(errors="replace").splitlines()
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        # A process has hundreds of lines: only those that can be about /dev/shm are split.
        fields = (line.split(maxsplit=5) for line in lines if wanted in line)
        for inode in {int(field[4]) for field in fields if field[3] == wanted}:
            counts[inode] = counts.get(inode, 0) + 1
    return counts


@functools.cache
def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _row(found: KernelObject) -> tuple[str, ...]:
    alive = {True: "alive", False: "dead", None: "unknown"}[found.creator_alive]
    creator = alive if found.creator_pid is None else f"{found.creator_pid} {alive}"
    return (
        found.kind,
        found.name if isinstance(found.name, str) else f"{found.name:#x}",
        "" if found.id is None else str(found.id),
        "" if found.size_bytes is None else limits.in_words(found.size_bytes),
        f"{found.mode:04o}",
        found.owner,
        "" if found.attached is None else str(found.attached),
        creator,
    )
