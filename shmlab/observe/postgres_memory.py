"""Look at the memory that a real PostgreSQL shares: what it maps, what it keeps there, and what kill -9 leaves of it.

The server is one of our own, in a scratch folder, and gone in the end (see postgres_server). Sources: PostgreSQL's
documentation, "pg_shmem_allocations" and "pg_buffercache"; src/backend/port/sysv_shmem.c; proc_pid_maps(5).
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import select
import signal
import subprocess
from collections.abc import Sequence
from typing import Any

from shmlab.base import root
from shmlab.base.interrupts import undisturbed
from shmlab.base.plurals import counted
from shmlab.base.table import Table, Tabled
from shmlab.ipc.limits import in_words
from shmlab.observe import address_spaces, postgres_server
from shmlab.observe.postgres_server import Refused, Server
from shmlab.processes import kinship, proc

_RECORD = root.PACKAGE / "observe" / "postgres_recorded.json"
_BUSY = "DO $$ BEGIN FOR i IN 1..1000000000 LOOP END LOOP; END $$;"  # computes, and looks at nobody
_PREPARE = (
    "CREATE EXTENSION IF NOT EXISTS pg_buffercache",
    "CREATE TABLE small AS SELECT i AS n, repeat('x', 900) AS words FROM generate_series(1, 64) AS i",
    "CREATE TABLE large AS SELECT i AS n, repeat('x', 900) AS words FROM generate_series(1, 2000) AS i",
    "CHECKPOINT",
    "SELECT count(*) FROM large",
    "SELECT count(*) FROM small",
    "UPDATE small SET n = n + 1 WHERE n <= 8",
)
_HOLD = ("BEGIN;", "DECLARE reader CURSOR FOR SELECT n FROM small;", "FETCH 1 FROM reader;")
_ALLOCATIONS = """
    SELECT CASE WHEN name IN ('Buffer Blocks', 'Buffer Descriptors') THEN name ELSE 'everything else' END,
           sum(allocated_size)
    FROM pg_shmem_allocations GROUP BY 1 ORDER BY 2 DESC
"""
_BUFFERS = """
    SELECT coalesce(CASE WHEN relname IN ('small', 'large') THEN relname
                         WHEN bufferid IS NOT NULL AND b.relfilenode IS NULL THEN '(free)' END, 'the catalogue'),
           count(*), count(*) FILTER (WHERE isdirty), coalesce(max(usagecount), 0),
           count(*) FILTER (WHERE pinning_backends > 0)
    FROM pg_buffercache AS b LEFT JOIN pg_class AS c ON b.relfilenode = pg_relation_filenode(c.oid)
    GROUP BY 1 ORDER BY 2 DESC
"""
_STATE = "SELECT state FROM pg_stat_activity WHERE pid = {}"


@dataclasses.dataclass(frozen=True, repr=False)
class Part(Tabled):
    """Hold what was seen of one thing, as a Table."""

    seen: Table

    def table(self) -> Table:
        """Return the Table."""
        return self.seen


@dataclasses.dataclass(frozen=True, repr=False)
class PostgresMemory(Tabled):
    """Hold what was seen of one server. `source`: where and when, with its version.

    `mappings`: its shared memory, as /proc shows it. `allocations`: what lies in the largest of them. `buffers`: whose
    pages its buffer pool has. `killed`: what happened after kill -9, in order.
    """

    source: str
    mappings: Part
    allocations: Part
    buffers: Part
    killed: Part

    def table(self) -> Table:
        """Return a Table of what there is to see."""
        parts = [field.name for field in dataclasses.fields(self) if field.name != "source"]
        return Table(self.source, ("table", "shows"), tuple((name, getattr(self, name).seen.caption) for name in parts))


def postgres_memory() -> PostgresMemory:
    """Start a PostgreSQL server of our own, look at its shared memory, kill it, and remove all of it.

    Where there is no PostgreSQL, or none that runs, return what was recorded elsewhere: its `source` says so.
    """
    folder = postgres_server.programs()
    if folder is None or not hasattr(os, "pidfd_open"):
        return _recorded("There is no PostgreSQL here")
    with undisturbed():
        command = root.command(__name__, "_look", os.getpid(), folder)
        helper = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        answer = helper.communicate()[0]
    except BaseException:
        with undisturbed():
            helper.send_signal(signal.SIGINT)  # it removes everything, and ends
            helper.wait()
        raise
    if helper.returncode:
        return _recorded("PostgreSQL does not run here")
    return _from_json(answer.decode())


def _look(parent: int, folder: str) -> None:
    """Look at a server, and print what was seen as JSON. If the parent dies, remove everything as after a Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    kinship.die_with_parent(signal.SIGINT)
    if os.getppid() == parent:
        with postgres_server.scratch_server(folder) as server:
            seen = _seen(server)
        print(_as_json(seen))


def _seen(server: Server) -> PostgresMemory:
    server.start()
    for statement in _PREPARE:
        server.ask(statement)
    backend, psql = server.session(*_HOLD)
    postgres_server.answer(psql)  # the page with the first row is pinned now
    mappings = _mappings(server, backend)
    allocations = Table(
        "What lies in the anonymous mapping",
        ("part", "bytes"),
        tuple((name, f"{int(size):,}") for name, size in server.ask(_ALLOCATIONS)),
    )
    buffers = Table(
        "Whose pages are in the buffer pool",
        ("pages of", "buffers", "dirty", "highest usage count", "pinned"),
        tuple(map(tuple, server.ask(_BUFFERS))),
        "large has 286 pages, small 10; the pool has 512 buffers of 8 KiB",
    )
    killed = _killed(server, backend, psql)
    tables = (mappings, allocations, buffers, killed)
    return PostgresMemory(f"{server.version}, here and now", *map(Part, tables))


def _mappings(server: Server, backend: int) -> Table:
    """Return a Table of what the postmaster and a backend share, the largest first."""
    mine = _shared(server.pid)
    theirs = {one.identity: one for one in _shared(backend)}
    rows = [
        (
            _kind(one.path),
            in_words(one.size_bytes),
            f"{one.start:x}",
            f"{theirs[one.identity].start:x}" if one.identity in theirs else "not mapped",
            one.path,
        )
        for one in sorted(mine, key=lambda one: -one.size_bytes)
    ]
    headings = ("kind", "size", "in the postmaster at", "in a backend at", "called")
    return Table("Shared mappings", headings, tuple(rows))


def _shared(pid: int) -> list[address_spaces.Mapping]:
    return [one for one in address_spaces.read(pid) if one.shared]


def _kind(path: str) -> str:
    if path.startswith("/SYSV"):
        return "System V"
    return "anonymous" if path.startswith("/dev/zero") else "POSIX" if path.startswith("/dev/shm/") else "a file"


def _killed(server: Server, backend: int, psql: subprocess.Popen[bytes]) -> Table:
    """Kill the postmaster while a backend computes; return a Table of what happens then."""
    steps: list[tuple[str, str, str]] = []
    number = server.recorded_segment()[1]

    def note(what: str, outcome: str) -> None:
        steps.append((what, outcome, _attached(number)))

    postgres_server.tell(psql, _BUSY)
    while server.ask(_STATE.format(backend)) != [["active"]]:
        pass  # psql has not sent it yet
    helpers = [pid for pid in proc.Process(server.pid).children() if pid != backend]
    note("a backend is given much to compute", "it does not look whether the postmaster lives")
    ended = _watched(helpers)
    server.kill()
    _await(ended)
    note("kill -9 of the postmaster", f"{counted(len(helpers), 'helper')} noticed, and ended by themselves")
    note("start again", _refusal(server))
    server.kill_sessions()
    note("kill -9 of the backend", "no process is left, and with the last one went the anonymous mapping")
    server.start()
    recovered = any("automatic recovery in progress" in line for line in server.log)
    rows = server.ask("SELECT count(*) FROM small WHERE n > 1")[0][0]
    note("start again", f"{'it recovers from its log' if recovered else 'it starts'}: {rows} rows of small are there")
    number = server.recorded_segment()[1]
    note("its new segment", "made at this start")
    server.stop()
    note("an orderly stop", "nothing is left")
    return Table("After kill -9", ("step", "outcome", "System V segment"), tuple(steps))


def _refusal(server: Server) -> str:
    try:
        server.start()
    except Refused as error:
        fatal = next((line for line in str(error).splitlines() if "FATAL" in line), str(error))
        return "refused: " + fatal.partition("FATAL:")[2].strip()
    return "started"


def _watched(pids: Sequence[int]) -> list[int]:
    found = []
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            found.append(os.pidfd_open(pid))
    return found


def _await(descriptors: Sequence[int]) -> None:
    """Wait until these processes have ended. Raises TimeoutError."""
    try:
        for one in descriptors:
            if not select.select([one], [], [], postgres_server.LONGEST_S)[0]:
                raise TimeoutError("a helper of PostgreSQL did not notice that the postmaster is gone")
    finally:
        for one in descriptors:
            os.close(one)


def _attached(number: int) -> str:
    """Return in words how often the System V segment with this id is attached. Source: proc_sysvipc(5)."""
    for line in pathlib.Path("/proc/sysvipc/shm").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1]) == number:
            return f"{int(fields[3])} bytes, attached by {counted(int(fields[6]), 'process', 'processes')}"
    return "gone"


def _recorded(why: str) -> PostgresMemory:
    """Return what was recorded elsewhere. `why`: it is not seen here, as a sentence without its full stop."""
    seen = _from_json(_RECORD.read_text())
    return dataclasses.replace(seen, source=f"{why}. Recorded: {seen.source}")


def _as_json(seen: PostgresMemory) -> str:
    return json.dumps(dataclasses.asdict(seen), indent=1, ensure_ascii=False)


def _from_json(text: str) -> PostgresMemory:
    values = json.loads(text)
    source = values.pop("source")
    tables = {
        name: Part(Table(**one["seen"] | {"headings": tuple(one["seen"]["headings"]), "rows": _rows(one)}))
        for name, one in values.items()
    }
    return PostgresMemory(source, **tables)


def _rows(part: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    return tuple(map(tuple, part["seen"]["rows"]))
