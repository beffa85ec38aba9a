"""The life of a System V segment: what the kernel says of it after each call. It is attached, marked, then gone."""

from __future__ import annotations

import dataclasses

from shmlab.base.table import Table, Tabled
from shmlab.ipc import Semaphore, SysvSegment, kinds
from shmlab.processes.workers import start

ATTACHED, MARKED, GONE = "attached", "marked", "gone"


@dataclasses.dataclass(frozen=True)
class Moment:
    """The segment after a call.

    `inside`: the names of the processes that have it attached. `attached`: how many attachments the kernel counts.
    `found`: whether its key leads to it. `state`: ATTACHED, MARKED or GONE.
    """

    call: str
    inside: str
    attached: int
    found: bool
    state: str


@dataclasses.dataclass(frozen=True, repr=False)
class Life(Tabled):
    """A segment's Moments, in order."""

    moments: tuple[Moment, ...]

    def table(self) -> Table:
        """Return a Table with one row for each call."""
        headings = ("after the call", "the segment is", "shm_nattch", "its key leads to it")
        rows = tuple(
            (moment.call, moment.state, "–" if moment.state == GONE else str(moment.attached),
             "yes" if moment.found else "no")
            for moment in self.moments
        )  # fmt: skip
        return Table("", headings, rows)


def segment_life() -> Life:
    """Let two processes, A (this one) and B, attach a segment; A removes it, then both detach. Return the Life."""
    here, leave = Semaphore.create(0), Semaphore.create(0)
    try:
        with SysvSegment.create(None, 4096) as segment:
            key, id = segment.key, segment.id
            moments = [_look("A: shmget, shmat", "A", key, id)]
            b = start(_stay, id, here, leave, name="B")
            here.acquire()
            moments.append(_look("B: shmat", "AB", key, id))
            segment.remove()
            moments.append(_look("A: shmctl, IPC_RMID", "AB", key, id))
            segment.close()
            moments.append(_look("A: shmdt", "B", key, id))
            leave.release()
            b.result()
            moments.append(_look("B: shmdt", "", key, id))
    finally:
        here.destroy()
        leave.destroy()
    return Life(tuple(moments))


def _stay(id: int, here: Semaphore, leave: Semaphore) -> None:
    """Attach by the id, say so, and detach when `leave` is released."""
    segment = SysvSegment.open(id=id)
    here.release()
    leave.acquire()
    segment.close()


def _look(call: str, inside: str, key: int, id: int) -> Moment:
    row = kinds.row(kinds.SYSV_SEGMENT, id)
    if row is None:
        return Moment(call, inside, 0, False, GONE)
    attached = row["nattch"]  # before the next line attaches as well
    marked = bool(row["perms"] & kinds.MARKED_FOR_REMOVAL)
    return Moment(call, inside, attached, _found(key), MARKED if marked else ATTACHED)


def _found(key: int) -> bool:
    try:
        SysvSegment.open(key).close()
    except FileNotFoundError:
        return False
    return True
