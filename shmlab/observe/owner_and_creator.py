"""Give a System V segment away, and see who owns it then and what its creator may still do."""

from __future__ import annotations

import os
import tempfile

import sysv_ipc

from shmlab.base.table import Table, Tabled
from shmlab.ipc import SysvSegment
from shmlab.observe.less_allowed import NOBODY, become_ordinary
from shmlab.processes.workers import start

_DAEMON = 1  # a user that every system has


class GivenAway(Tabled):
    """Hold the rows of a table: after which call, who is owner and creator, and what the creator may do.

    `why_recorded`: "" where it was done here and now.
    """

    def __init__(self, rows: tuple[tuple[str, ...], ...], why_recorded: str) -> None:
        self.rows, self.why_recorded = rows, why_recorded

    def table(self) -> Table:
        """Return a Table with a row for each call."""
        note = f"{self.why_recorded}: this was recorded" if self.why_recorded else ""
        return Table("", ("after the call", "owner", "creator", "what the creator may do"), self.rows, note)


def given_away() -> GivenAway:
    """Create a System V segment with mode 0600 as an ordinary user, give it to another user by IPC_SET, and see what
    the creator may do then. Return the GivenAway."""
    rows = start(_give_away).result()
    if rows:
        return GivenAway(rows, "")
    recorded = (
        ("shmget, mode 0600", "me", "me", "reads, sets the mode"),
        ("IPC_SET, another owner", "another user", "me", "reads, sets the mode"),
        ("IPC_RMID, by the creator", "–", "–", "has removed it"),
    )
    return GivenAway(recorded, "This user namespace knows no other user")


def _give_away() -> tuple[tuple[str, ...], ...]:
    become_ordinary()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SHMLAB_STATE"] = os.path.join(folder, "state")  # root's ledger is not for an ordinary user
        with SysvSegment.create(None, 4096, mode=0o600) as segment:
            memory = sysv_ipc.attach(segment.id)
            try:
                rows = [("shmget, mode 0600", *_people(memory), _may(segment.id))]
                try:
                    memory.uid = _DAEMON if os.geteuid() == NOBODY else NOBODY
                except (OSError, ValueError, sysv_ipc.Error):
                    return ()
                rows.append(("IPC_SET, another owner", *_people(memory), _may(segment.id)))
            finally:
                memory.detach()
            memory.remove()
            rows.append(("IPC_RMID, by the creator", "–", "–", "has removed it"))
    return tuple(rows)


def _people(memory: sysv_ipc.SharedMemory) -> tuple[str, str]:
    me = os.geteuid()
    return tuple("me" if user == me else "another user" for user in (memory.uid, memory.cuid))  # type: ignore[return-value]


def _may(id: int) -> str:
    """Return what this process may do with a segment, in words."""
    able = []
    try:
        memory = sysv_ipc.attach(id)
        memory.read(1)
        able.append("reads")
        memory.detach()
        memory.mode = 0o600
        able.append("sets the mode")
    except (OSError, ValueError, sysv_ipc.Error):
        pass
    return ", ".join(able) or "may nothing"
