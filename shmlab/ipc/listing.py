"""The objects that are in the kernel now, POSIX and System V together, as a table.

`ipcs` lists only System V objects. The kernel keeps no attach count of POSIX segments; it is counted here, from
the maps of every process that this user may look into. Sources: proc(5), ipcs(1).
"""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
import pwd
import stat
from collections.abc import Iterator
from typing import Any

from shmlab.base.table import Table, Tabled
from shmlab.ipc import creator, kinds, ledger, limits, names


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
    recorded = {}
    for entry in ledger.entries():
        if entry.creator.here() and entry.identity is not None:
            recorded[entry.kind, entry.name, *entry.identity] = entry
    found = [*_posix(recorded, counted), *_sysv(recorded)]
    listing = Listing(one for one in found if everyone or one.ours)
    if everyone:
        listing.empty = "Nothing is in the kernel."
    return listing


def _posix(recorded: dict[tuple[Any, ...], ledger.Entry], counted: bool) -> Iterator[KernelObject]:
    mapped = functools.cache(_mapped_inodes)  # called once, and only if there is a POSIX object
    for path in sorted(pathlib.Path(names.POSIX_FOLDER).iterdir()):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(status.st_mode):
            continue
        is_semaphore = path.name.startswith(names.SEMAPHORE_PREFIX)
        kind = kinds.POSIX_SEMAPHORE if is_semaphore else kinds.POSIX_SEGMENT
        name = "/" + path.name.removeprefix(names.SEMAPHORE_PREFIX if is_semaphore else "")
        identity = tuple(names.file_identity(path) or ())
        entry = recorded.get((kind, name, *identity))
        yield KernelObject(
            kind,
            name,
            None,
            status.st_size,
            status.st_mode & 0o777,
            _user(status.st_uid),
            mapped().get(status.st_ino, 0) if counted else None,
            entry.creator.pid if entry else None,
            entry.creator.alive() if entry else None,
            entry is not None,
            identity,
        )


def _sysv(recorded: dict[tuple[Any, ...], ledger.Entry]) -> Iterator[KernelObject]:
    is_alive = functools.cache(lambda pid: creator.start_ticks(pid) is not None)  # one may have created thousands
    for kind in kinds.SYSV:
        for row in kinds.table(kind):
            entry = recorded.get((kind, row["key"], row["id"]))
            # A cpid of 0 is a process of another PID namespace; semaphores have none.
            maker = row.get("cpid") or (entry.creator.pid if entry else None)
            alive = None if maker is None else is_alive(maker)
            alive = entry.creator.alive() if entry else alive
            yield KernelObject(
                kind,
                row["key"],
                row["id"],
                row.get("size"),
                row["perms"] & 0o777,
                _user(row["uid"]),
                row.get("nattch"),
                maker,
                alive,
                entry is not None,
                (row["id"],),
                bool(row["perms"] & kinds.MARKED_FOR_REMOVAL),
            )


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
