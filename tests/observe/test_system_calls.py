"""The system calls of a function, by strace where it can be used, else a record, and which of the two."""

import re

import pytest

from shmlab.ipc import SysvSegment
from shmlab.observe import system_calls
from shmlab.observe.system_calls import trace

CALLS = "shmget,shmat,shmdt,shmctl"


@pytest.fixture(autouse=True)
def asked_anew():
    system_calls._why_not.cache_clear()
    yield
    system_calls._why_not.cache_clear()


def use(size_bytes):
    with SysvSegment.create(None, size_bytes) as segment:
        segment.buffer[0] = 1


def fail():
    raise KeyError("on purpose")


def can_trace():
    system_calls._why_not.cache_clear()
    return not system_calls._why_not()


@pytest.mark.skipif(not can_trace(), reason="there is no strace here, or it is forbidden")
class TestWithStrace:
    def test_the_four_calls_are_seen_in_their_order(self):
        lines = trace(use, 4096, calls=CALLS).text.splitlines()
        assert [line.partition("(")[0] for line in lines] == ["shmget", "shmat", "shmctl", "shmdt", "shmctl"]
        assert re.fullmatch(r"shmget\(0x\w+, 4096, IPC_CREAT\|IPC_EXCL\|0600\) = \d+", lines[0])
        assert re.search(r"\{mode=0600, shm_segsz=4096, shm_nattch=1, …\}\) = 0    \(\d times\)$", lines[2])

    def test_it_says_that_it_is_from_here(self):
        assert repr(trace(use, 1, calls=CALLS, recorded="old")).startswith("(Traced by strace, here and now.)\nshmget")

    def test_a_function_that_fails_is_an_error(self):
        with pytest.raises(RuntimeError, match=r"fail ended with exit code 1: (?s:.*)on purpose"):
            trace(fail, calls=CALLS)


def test_without_strace_the_record_is_shown_and_called_one(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    shown = repr(trace(use, 4096, calls=CALLS, recorded="\nshmget(…)\n"))
    assert shown == "(There is no strace here: what follows was recorded on x86-64 Linux.)\nshmget(…)"


def test_a_strace_that_may_not_look_is_no_strace(monkeypatch, tmp_path):
    forbidden = tmp_path / "strace"
    forbidden.write_text("#!/bin/sh\necho 'ptrace: Operation not permitted' >&2\nexit 1\n")
    forbidden.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert "strace may not look into processes here" in trace(use, 4096, calls=CALLS, recorded="x").source
