"""Make a machine with trouble to look for: leaks, a stranger, a process that waits for ever. All is real, and ours.

Five processes make it. `server` lives and uses what it made; `stranger` lives and uses what others made; `waiter` waits
on a semaphore that nobody will post; `reporter` and `importer` made segments and were killed. Each object is on our
ledger, and removed at the end.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import posix_ipc

from shmlab.base.interrupts import undisturbed
from shmlab.base.table import Table, Tabled
from shmlab.ipc import PosixSegment, PosixSemaphore, Segment, Semaphore, SysvSegment, kinds, names, objects, remove
from shmlab.ipc.limits import in_words
from shmlab.processes.workers import start

if TYPE_CHECKING:
    from shmlab.processes.worker import Worker

_KIB = 1024
_READY_S = 30.0
_KINDS: dict[type, tuple[str, ...]] = {str: (kinds.POSIX_SEGMENT, kinds.POSIX_SEMAPHORE), int: (kinds.SYSV_SEGMENT,)}


@dataclasses.dataclass(frozen=True)
class Planted:
    """Hold a segment of the machine. `name`: name or key. `creator`: the process that made it; `users`: those that have
    it mapped; `leak`: whether its creator is dead and nobody uses it; `why`: that in words.
    """

    name: str | int
    id: int | None
    size_bytes: int
    creator: int
    users: tuple[int, ...]
    leak: bool = False
    why: str = ""


@dataclasses.dataclass(frozen=True, repr=False)
class TroubledMachine(Tabled):
    """Hold what is on the machine; printed, it gives away the solution, as it is at that moment. `made`: its segments,
    and who used them at the start; `stuck`: the process that waits for ever; `gate`: the name of the semaphore;
    `workers`: server, waiter, stranger.
    """

    made: tuple[Planted, ...]
    stuck: int
    gate: str
    workers: tuple[Worker, ...]

    @property
    def planted(self) -> tuple[Planted, ...]:
        """Its segments, with those of their users that are alive now."""
        living = set(self.pids)
        return tuple(_judged(one, living, self.workers[-1].pid) for one in self.made)

    @property
    def queue(self) -> int:
        """The id of the System V segment that the stranger uses."""
        return next(one.id for one in self.made if one.id is not None and one.users)

    @property
    def posix(self) -> list[str]:
        """The names of its POSIX segments."""
        return [one.name for one in self.made if isinstance(one.name, str)]

    @property
    def ids(self) -> list[int]:
        """The ids of its System V segments."""
        return [one.id for one in self.made if one.id is not None]

    @property
    def pids(self) -> list[int]:
        """Its living processes."""
        return [one.pid for one in self.workers if one.alive]

    def table(self) -> Table:
        """Return a Table with one row for each segment, and what it is."""
        rows = tuple(
            (_words(one), in_words(one.size_bytes), str(one.creator), " ".join(map(str, one.users)),
             "yes" if one.leak else "no", one.why)
            for one in self.planted
        )  # fmt: skip
        return Table("", ("segment", "size", "creator", "users", "a leak?", "why"), rows)


def _judged(one: Planted, living: set[int], stranger: int) -> Planted:
    """Return a segment as it is now. `living`: the processes of the machine that live."""
    users, alive = tuple(pid for pid in one.users if pid in living), one.creator in living
    if users:
        why = "in use; one of its users is a stranger" if stranger in users else "in use"
        why = why if alive else "its creator is dead; in use"
    else:
        why = "not in use now; its creator is alive" if alive else "its creator is dead, and nobody uses it"
    return dataclasses.replace(one, users=users, leak=not users and not alive, why=why)


def _words(one: Planted) -> str:
    return str(one.name) if one.id is None else f"id {one.id} (key {one.name:#x})"


@contextlib.contextmanager
def troubled_machine() -> Iterator[TroubledMachine]:
    """Make a machine with leaks and other trouble for the time of a with-block; a context manager that gives a
    TroubledMachine. Every object is on our ledger, and gone at the end. Raises OSError where there is no room."""
    mark = secrets.token_hex(3)
    named = {one: f"/{one}-{mark}" for one in ("orders", "report", "wake")}
    keys = {one: names.random_key() for one in ("import", "queue", "idle")}
    with contextlib.ExitStack() as end:
        end.callback(_remove, [*named.values(), *keys.values()])
        with _counting() as ready:
            calls: tuple[tuple[str, Callable[..., list[Any]], tuple[object, ...]], ...] = (
                ("server", _serve, (named["orders"], keys["idle"])),
                ("waiter", _wait, (named["wake"],)),
                ("reporter", _make, (("posix", named["report"], 64 * _KIB), ("sysv", keys["import"], 96 * _KIB))),
                ("importer", _make, (("sysv", keys["queue"], 512 * _KIB),)),
                ("stranger", _use, (named["orders"], keys["queue"])),
            )
            server, waiter, reporter, importer, stranger = (_started(end, ready, *call) for call in calls)
        for one in (reporter, importer):
            os.kill(one.pid, signal.SIGKILL)
            one.join()
        ids = {found.name: found.id for found in objects() if found.name in keys.values()}
        s, t, r, i = server.pid, stranger.pid, reporter.pid, importer.pid
        made = (
            Planted(named["orders"], None, 256 * _KIB, s, (s, t)),
            Planted(named["report"], None, 64 * _KIB, r, ()),
            Planted(keys["import"], ids[keys["import"]], 96 * _KIB, r, ()),
            Planted(keys["queue"], ids[keys["queue"]], 512 * _KIB, i, (t,)),
            Planted(keys["idle"], ids[keys["idle"]], 8 * _KIB, s, ()),
        )
        yield TroubledMachine(made, waiter.pid, named["wake"], (server, waiter, stranger))


@contextlib.contextmanager
def _counting() -> Iterator[Semaphore]:
    semaphore = Semaphore.create(0)
    try:
        yield semaphore
    finally:
        semaphore.destroy()
        semaphore.close()


def _started(end: contextlib.ExitStack, ready: Semaphore, name: str, function: Callable[..., list[Any]],
             arguments: tuple[object, ...]) -> Worker:  # fmt: skip
    """Start a process of the machine, and wait until it is ready."""
    with undisturbed():
        one = start(_tell_ready, ready, function, arguments, name=name, deadline_s=None)
        end.callback(one.kill)
    for _ in range(int(_READY_S / 0.1)):
        with contextlib.suppress(TimeoutError):
            ready.acquire(0.1)
            return one
        if not one.alive:
            one.result()
            break
    raise ChildProcessError(f"{one.name} was not ready")


def _tell_ready(ready: Semaphore, function: Callable[..., list[Any]], arguments: tuple[object, ...]) -> None:
    kept = function(*arguments)
    ready.release()
    for one in kept:
        if isinstance(one, posix_ipc.Semaphore):
            one.acquire()  # for ever: nobody posts it
    signal.pause()


def _serve(orders: str, idle: int) -> list[Any]:
    segment = PosixSegment.create(orders, 256 * _KIB)
    SysvSegment.create(idle, 8 * _KIB).close()
    return [segment]


def _make(*wanted: tuple[str, str | int, int]) -> list[Any]:
    return [Segment.family(ipc).create(name, size, keep=True) for ipc, name, size in wanted]


def _use(orders: str, queue: int) -> list[Any]:
    return [PosixSegment.open(orders), SysvSegment.open(queue)]


def _wait(wake: str) -> list[Any]:
    PosixSemaphore.create(wake, 0)
    return [posix_ipc.Semaphore(wake)]


def _remove(wanted: list[str | int]) -> None:
    """Remove what is left of the machine: what is on our ledger, and what has a name that was drawn for it. A process
    that is killed while it creates an object has not noted yet which one is its own."""
    with undisturbed():
        for found in objects():
            if found.name in wanted:
                with contextlib.suppress(FileNotFoundError):
                    remove(found)
        for name in wanted:
            for kind in _KINDS[type(name)]:
                if identity := kinds.identity(kind, name):
                    kinds.remove(kind, name, identity)
