"""Watch the segments of this host: what is made, attached, detached and removed, and how full /dev/shm is.

`shmlab watch` and the watch panel show what a Watch sees. A look is to cost little, as somebody may leave it running
for months: see `attached` for how it finds who maps what, and for what it may see late. Sources: proc(5), statvfs(3).
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import operator
import os
import time
from collections.abc import Iterator

from shmlab.base.table import Table, Tabled
from shmlab.ipc import kinds, limits, names
from shmlab.ipc.limits import in_words
from shmlab.ipc.listing import KernelObject, Lister, Listing, listing
from shmlab.observe.attached import Attached

ALARM = 0.9  # the share of a limit that is in use
_CALM = 0.05  # below the alarm, so that a use that goes to and fro gives one alarm
_KEPT = 3_600  # looks
_SEGMENTS = (kinds.POSIX_SEGMENT, kinds.SYSV_SEGMENT)


@dataclasses.dataclass(frozen=True)
class Use:
    """Hold what is in use of a limit of this host. `used` and `most`: in bytes, or a number of objects."""

    name: str
    used: int
    most: int
    in_bytes: bool = True

    @property
    def share(self) -> float:
        """The part that is in use, 0 to 1."""
        return self.used / self.most if self.most else 0.0

    def as_json(self) -> dict[str, float]:
        """Return its numbers as a dict for json.dumps; the names of bytes end in `_bytes`."""
        unit = "_bytes" if self.in_bytes else ""
        return {f"used{unit}": self.used, f"limit{unit}": self.most, "percent": round(100 * self.share, 1)}

    def __str__(self) -> str:
        used, most = (in_words(self.used), in_words(self.most)) if self.in_bytes else (str(self.used), str(self.most))
        return f"{self.name}: {used} of {most} ({self.share:.0%})"


@dataclasses.dataclass(frozen=True)
class Event:
    """Hold a change between two looks.

    `what`: "found" (it was there at the first look), "created", "attached", "detached", "resized", "marked" (for
    removal), "removed"; "alarm" and "calm" about a limit, whose numbers are in `use`. `time_ns`: of the look, since
    1970. `attached`: how often it is attached; of what was removed, how often it was at the look before. `pids`: the
    processes that came or went, as far as known.
    """

    what: str
    time_ns: int
    name: str
    kind: str = ""
    id: int | None = None
    size_bytes: int | None = None
    attached: int | None = None
    creator_pid: int | None = None
    pids: tuple[int, ...] = ()
    use: Use | None = None

    def as_json(self) -> dict[str, object]:
        """Return it as a dict for json.dumps, without what is not known. `time`: UTC, as in RFC 3339; a System V
        segment has `key` and `id` in place of a name; what was removed has `attached_before`; an alarm has `percent`,
        and `used_bytes` and `limit_bytes`, or `used` and `limit` where objects are counted."""
        moment = datetime.datetime.fromtimestamp(self.time_ns / 1e9, datetime.UTC)
        fields = {key: value for key, value in dataclasses.asdict(self).items() if value not in (None, "", ())}
        if self.id is not None:
            fields["key"] = fields.pop("name").split()[0]
        if self.what == "removed" and "attached" in fields:
            fields["attached_before"] = fields.pop("attached")
        if self.use is not None:
            fields |= self.use.as_json()
        return {"time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "event": fields.pop("what"),
                **{key: value for key, value in fields.items() if key not in ("time_ns", "use")}}  # fmt: skip

    def __str__(self) -> str:
        return self._told(self.name, len(self.pids))

    def in_width(self, width: int) -> str:
        """Return it in at most `width` characters, if a name and what is not a number can be cut or left out for that;
        ".." stands for it. No number is cut."""
        for pids in range(len(self.pids), -1, -1):
            excess = len(self._told(self.name, pids)) - width
            if excess <= 0:
                return self._told(self.name, pids)
            kept = len(self.name) - excess - 2
            if self.id is None and self.use is None and kept >= _SHORTEST_NAME:
                return self._told(self.name[:kept] + "..", pids)
        return self._told(self.name[:_SHORTEST_NAME] + ".." if self.id is None else self.name, 0)

    def _told(self, name: str, most_pids: int) -> str:
        """Return it as a sentence. `most_pids`: how many of the processes to name."""
        if self.use is not None:
            return f"{'ALARM' if self.what == 'alarm' else 'calm again'} {self.use}"
        size = f", {in_words(self.size_bytes)}" if self.size_bytes and self.what in _WITH_SIZE else ""
        named_pids, more = self.pids[:most_pids], len(self.pids) - most_pids
        who = ", ".join(map(str, named_pids)) + (f" and {more} more" if named_pids and more else "")
        start, count = f"{self.what} {self.kind} {name}{size}", "" if self.attached is None else str(self.attached)
        if self.what in _WITH_USERS:
            users = f" (by {who})" if who else ""
            return start + (f", attached {count}{users}" if count else "")
        if self.what in _CHANGED_USERS:
            return start + (f" by {who}" if who else "") + (f", now attached {count}" if count else "")
        return start


_WITH_SIZE = ("found", "created", "resized")
_WITH_USERS, _CHANGED_USERS = ("found", "created"), ("attached", "detached")
_SHORTEST_NAME = 8


@dataclasses.dataclass(frozen=True, repr=False)
class Look(Tabled):
    """Hold what one look saw. `time_ns`: since 1970. `users`: an object's identity -> the processes that map it."""

    time_ns: int
    objects: Listing
    users: dict[tuple[str, tuple[int, ...]], tuple[int, ...]]
    uses: tuple[Use, ...]
    events: tuple[Event, ...]

    def users_of(self, found: KernelObject) -> tuple[int, ...]:
        """Return the processes that map one of the objects, as far as they can be seen."""
        return self.users.get((found.kind, found.identity), ())

    def table(self) -> Table:
        """Return a Table with one row for each object, and one line for each limit."""
        rows = tuple(
            (named(one), one.kind, in_words(one.size_bytes or 0), "?" if one.attached is None else str(one.attached),
             " ".join(map(str, self.users_of(one))), made_by(one))
            for one in self.objects
        )  # fmt: skip
        caption = "; ".join(map(str, self.uses[:1]))
        return Table(caption, ("segment", "kind", "size", "attached", "by process", "creator"), rows)


class Watch(Tabled):
    """Look at the segments of this host, again and again; `look` says what changed since the look before.

    `everyone`: all that this host has, not only what is on our ledger. `alarm`: the share of a limit from which there
    is an alarm: bytes and files of /dev/shm, number and bytes of System V segments. `keep`: how many looks to keep.
    What is made and removed between two looks is not seen. Who maps what may be seen late: see `attached.Attached`.
    """

    def __init__(self, *, everyone: bool = False, alarm: float = ALARM, keep: int = _KEPT) -> None:
        if not 0 < alarm <= 1:
            raise ValueError(f"alarm is {alarm!r}: give a share above 0 and at most 1, as 0.9 for 90 %")
        self.everyone, self.alarm = everyone, alarm
        self.looks: collections.deque[Look] = collections.deque(maxlen=keep)
        self.events: collections.deque[Event] = collections.deque(maxlen=keep)
        self._lister, self._attached = Lister(), Attached()
        self._last: Look | None = None
        self._found: list[KernelObject] = []
        self._now: dict[tuple[str, tuple[int, ...]], KernelObject] = {}
        self._alarmed: set[str] = set()

    def look(self) -> Look:
        """Look once more; return the Look."""
        moment = time.time_ns()
        changed = self._attached.look()
        found = self._lister.look(
            attached=lambda inode: len(self._attached.of_posix(inode)), start_ticks=self._attached.start_ticks
        )
        if self._last is None or changed or not _identical(found, self._found):
            look = self._compared(moment, found)
        else:  # as nearly always
            look = dataclasses.replace(
                self._last, time_ns=moment, uses=(*_posix_uses(), *self._last.uses[-2:]), events=()
            )
        alarms = tuple(self._alarms(moment, look.uses))
        self._last = look = dataclasses.replace(look, events=look.events + alarms) if alarms else look
        self._found = found
        self.looks.append(look)
        self.events.extend(look.events)
        return look

    def _compared(self, moment: int, found: list[KernelObject]) -> Look:
        """Return a Look at these objects, with what changed since the last one."""
        segments = listing((one for one in found if one.kind in _SEGMENTS), everyone=self.everyone)
        now = {(one.kind, one.identity): one for one in segments}
        users = {key: pids for key, one in now.items() if (pids := self._pids(one))}
        events = tuple(self._changes(moment, now, users))
        self._now = now
        return Look(moment, segments, users, (*_posix_uses(), *_sysv_uses(found)), events)

    def table(self) -> Table:
        """Return a Table with one row for each event, in order."""
        if not self.looks:
            return Table("nothing was looked at: call look()", (), ())
        start = self.looks[0].time_ns
        rows = tuple(
            (f"{(one.time_ns - start) / 1e9:.2f} s", one.what, str(one.use) if one.use else f"{one.kind} {one.name}",
             "" if one.size_bytes is None else in_words(one.size_bytes),
             "" if one.attached is None else f"{'was ' if one.what == 'removed' else ''}{one.attached}",
             " ".join(map(str, one.pids)))
            for one in self.events
        )  # fmt: skip
        caption = f"{len(self.looks)} looks, {len(self.events)} events; {self.looks[-1].uses[0]}"
        return Table(caption, ("after", "event", "what", "size", "attached", "who came or went"), rows)

    def _pids(self, one: KernelObject) -> tuple[int, ...]:
        if one.kind == kinds.SYSV_SEGMENT:
            return self._attached.of_sysv(one.identity[0]) if one.attached else ()
        return self._attached.of_posix(one.identity[1]) if one.identity else ()

    def _changes(self, moment: int, now: dict[tuple[str, tuple[int, ...]], KernelObject],
                 users: dict[tuple[str, tuple[int, ...]], tuple[int, ...]]) -> Iterator[Event]:  # fmt: skip
        users_before = self._last.users if self._last else {}
        for key, one in now.items():
            old, were, are = self._now.get(key), users_before.get(key, ()), users.get(key, ())
            if old is None:
                yield _event("created" if self._last else "found", moment, one, are)
            elif old is not one or were != are:
                yield from _differences(moment, old, one, {*were}, {*are})
        for key, old in self._now.items():
            if key not in now:
                yield _event("removed", moment, old, ())

    def _alarms(self, moment: int, uses: tuple[Use, ...]) -> Iterator[Event]:
        for use in uses:
            if use.share >= self.alarm and use.name not in self._alarmed:
                self._alarmed.add(use.name)
                yield Event("alarm", moment, use.name, use=use)
            elif use.share < self.alarm - _CALM and use.name in self._alarmed:
                self._alarmed.remove(use.name)
                yield Event("calm", moment, use.name, use=use)


def _differences(moment: int, old: KernelObject, one: KernelObject, were: set[int], are: set[int]) -> Iterator[Event]:
    if one.size_bytes != old.size_bytes:
        yield _event("resized", moment, one, ())
    if one.marked_for_removal and not old.marked_for_removal:
        yield _event("marked", moment, old, ())
    count = (one.attached or 0) - (old.attached or 0)
    if count > 0 or are - were:
        yield _event("attached", moment, one, tuple(sorted(are - were)))
    if count < 0 or (were - are and one.attached is not None):
        yield _event("detached", moment, one, tuple(sorted(were - are)))


def _event(what: str, moment: int, one: KernelObject, pids: tuple[int, ...]) -> Event:
    return Event(what, moment, named(one), one.kind, one.id, one.size_bytes, one.attached, one.creator_pid, pids)


def _identical(some: list[KernelObject], others: list[KernelObject]) -> bool:
    return len(some) == len(others) and all(map(operator.is_, some, others))


def _posix_uses() -> Iterator[Use]:
    status = os.statvfs(names.POSIX_FOLDER)
    yield Use("/dev/shm", (status.f_blocks - status.f_bavail) * status.f_frsize, status.f_blocks * status.f_frsize)
    if status.f_files:
        yield Use("files in /dev/shm", status.f_files - status.f_favail, status.f_files, in_bytes=False)


def _sysv_uses(found: list[KernelObject]) -> Iterator[Use]:
    page = os.sysconf("SC_PAGESIZE")
    sizes = [one.size_bytes or 0 for one in found if one.kind == kinds.SYSV_SEGMENT]
    yield Use("System V segments", len(sizes), limits.shmmni(), in_bytes=False)
    yield Use("System V memory", sum(-(-size // page) * page for size in sizes), limits.shmall() * page)


def named(one: KernelObject) -> str:
    """Return the name of a POSIX segment, or key and id of a System V one."""
    return one.name if isinstance(one.name, str) else f"{one.name:#x} id {one.id}"


def made_by(one: KernelObject) -> str:
    """Return the creator of an object in words: "4711 dead"; "unknown" where nothing says it."""
    if one.creator_pid is None:
        return "unknown"
    return f"{one.creator_pid} {'alive' if one.creator_alive else 'dead'}"
