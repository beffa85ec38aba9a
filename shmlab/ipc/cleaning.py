"""Remove the objects that dead processes of ours left in the kernel, and no others.

Other people's objects are in the same kernel, so an object is never removed for its name alone: it must be on
our ledger, its creator must be dead, and the object in the kernel must still be the one that was recorded.
"""

from __future__ import annotations

import atexit
import dataclasses
import errno
from collections.abc import Iterable
from typing import TYPE_CHECKING

from shmlab.ipc import kinds, ledger
from shmlab.ipc.creator import current_creator
from shmlab.ipc.errors import os_error

if TYPE_CHECKING:
    from shmlab.ipc.ledger import Entry
    from shmlab.ipc.listing import KernelObject


@dataclasses.dataclass(frozen=True)
class Finding:
    """What `clean` did about one entry: `action` is "removed", "gone" or "left", and `why` says why, in a sentence."""

    kind: str
    name: str | int
    action: str
    why: str


@atexit.register
def remove_own() -> None:
    """Remove what this process created, and neither removed nor marked to keep. Called when the process ends."""
    remove_made(ledger.own())
    ledger.close()


def remove_made(entries: Iterable[Entry]) -> None:
    """Remove the objects of these entries of this process, except those marked to keep."""
    for entry in entries:
        if not entry.keep:
            _settle(entry)
            ledger.strike(entry)


def clean(*, dry_run: bool = False, kept: bool = True) -> list[Finding]:
    """Remove what dead processes of ours left in the kernel; return a list of Finding, one for each entry.

    `dry_run`: only say what would be removed. `kept=False` leaves objects that were created with keep=True, as
    `shmlab lab` does when it starts.

    >>> found = clean(dry_run=True)
    """
    findings = []
    for path in ledger.files():
        left = False
        for entry in ledger.read(path).values():
            finding = _judge(entry, dry_run=dry_run, kept=kept)
            left = left or finding.action == "left"
            findings.append(finding)
        if not left and not dry_run and ledger.writer_is_dead(path):
            path.unlink(missing_ok=True)
    return findings


def clean_after(pid: int) -> None:
    """Remove what the process `pid`, which we ended, created without keep=True. It must be dead."""
    for path in ledger.files():
        if ledger.writer(path) == pid and ledger.writer_is_dead(path):
            for entry in ledger.read(path).values():
                _judge(entry, dry_run=False, kept=False)
            if not any(entry.keep for entry in ledger.read(path).values()):
                path.unlink(missing_ok=True)


def remove(found: KernelObject) -> None:
    """Remove one object of `objects()`, and no other, whether its creator lives or not.

    Raises PermissionError when it is not on our ledger, FileNotFoundError when it was removed since.

    >>> with SysvSegment.create(None, 16) as segment:
    ...     remove(*[found for found in objects() if found.name == segment.key])
    """
    what = kinds.describe(found.kind, found.name)
    key = found.kind, found.name, found.identity
    if not any((entry.kind, entry.name, tuple(entry.identity or ())) == key for entry in ledger.entries()):
        raise PermissionError(f"{what} is not on our ledger: its creator has to remove it")
    if tuple(kinds.identity(found.kind, found.name) or ()) != found.identity:
        raise os_error(errno.ENOENT, f"{what} was removed already")
    kinds.remove(found.kind, found.name, found.identity)
    ledger.removed(found.kind, found.name)


def _judge(entry: Entry, *, dry_run: bool, kept: bool) -> Finding:
    creator, now = entry.creator, current_creator()

    def finding(action: str, why: str) -> Finding:
        return Finding(entry.kind, entry.name, action, why)

    if creator.boot != now.boot:
        return finding("gone", "the machine was restarted since")
    if not creator.here():
        return finding("left", "made in another container: run `shmlab clean` there")
    if creator.alive():
        return finding("left", f"its creator, process {creator.pid}, is alive")
    home = "ipc_namespace" if entry.kind in kinds.SYSV else "posix_device"
    if getattr(creator, home) != getattr(now, home):
        return finding("left", "made in another IPC or mount namespace: run `shmlab clean` there")
    if entry.keep and not kept:
        return finding("left", "made with keep=True: `shmlab clean` removes it")
    return _settle(entry, dry_run=dry_run)


def _settle(entry: Entry, *, dry_run: bool = False) -> Finding:
    """Remove the entry's object if it is certainly the one that was recorded; return a Finding."""
    found = kinds.identity(entry.kind, entry.name)
    if found is None:
        return Finding(entry.kind, entry.name, "gone", "removed already")
    if entry.identity is None and entry.chosen:
        why = "perhaps ours, but its creation was never confirmed and the name may be somebody else's"
        return Finding(entry.kind, entry.name, "left", why)
    if entry.identity is not None and found != entry.identity:
        return Finding(entry.kind, entry.name, "gone", "removed already; the name belongs to another object now")
    if not dry_run:
        try:
            kinds.remove(entry.kind, entry.name, found)
        except PermissionError as error:
            return Finding(entry.kind, entry.name, "left", f"may not be removed: {error}")
    return Finding(entry.kind, entry.name, "removed", f"its creator, process {entry.creator.pid}, is dead")
