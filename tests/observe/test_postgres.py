"""A PostgreSQL server of one's own: seen, killed, gone; recorded where there is none."""

import os
import pathlib
import select
import signal
import subprocess
import sys

import pytest
from helpers import PATIENCE_S

from shmlab.observe import postgres_memory, postgres_server
from shmlab.processes import proc

needs_postgres = pytest.mark.skipif(postgres_server.programs() is None, reason="there is no PostgreSQL here")


def in_kernel():
    segments = {line.split()[1] for line in pathlib.Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}
    return segments | {name for name in os.listdir("/dev/shm") if name.startswith("PostgreSQL.")}


def parts(seen):
    return [part.seen for part in (seen.mappings, seen.allocations, seen.buffers, seen.killed)]


@needs_postgres
def test_a_server_is_seen_and_nothing_is_left():
    before = in_kernel()
    seen = postgres_memory.postgres_memory()
    assert in_kernel() <= before
    if "here and now" not in seen.source:
        pytest.skip(seen.source)
    kinds = [row[0] for row in seen.mappings.seen.rows]
    assert kinds[0] == "anonymous"
    assert "System V" in kinds
    held = [row[2] for row in seen.killed.seen.rows]
    assert held[1:4] == [f"56 bytes, attached by {words}" for words in ("1 process", "1 process", "0 processes")]
    assert held[4] == held[6] == "gone"
    assert "is still in use" in seen.killed.seen.rows[2][1]


@needs_postgres
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_when_the_one_who_looks_ends_meanwhile(number):
    before = in_kernel()
    code = "from shmlab.observe.postgres_memory import postgres_memory as look; look()"
    looking = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    while in_kernel() <= before and looking.poll() is None:
        pass  # the server is not there yet
    helpers = [os.pidfd_open(pid) for pid in proc.Process(looking.pid).children()]
    looking.send_signal(number)
    looking.wait()
    for helper in helpers:  # after SIGKILL it removes everything on its own
        assert select.select([helper], [], [], PATIENCE_S)[0]
        os.close(helper)
    assert in_kernel() <= before


def test_without_postgresql_a_record_is_shown_and_says_so(monkeypatch):
    monkeypatch.setattr(postgres_server, "programs", lambda: None)
    seen = postgres_memory.postgres_memory()
    assert seen.source.startswith("There is no PostgreSQL here. Recorded: postgres (PostgreSQL)")
    assert all(table.rows and all(len(row) == len(table.headings) for row in table.rows) for table in parts(seen))
    assert "After kill -9" in str(seen)


def test_a_server_that_does_not_start_is_not_seen(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres_server, "programs", lambda: str(tmp_path))
    assert postgres_memory.postgres_memory().source.startswith("PostgreSQL does not run here. Recorded")
