"""Bytes found in a process's memory, and flags of a mapping."""

import mmap
import os

import pytest

from shmlab.observe.kept_alive import living
from shmlab.observe.less_allowed import limited
from shmlab.observe.process_memory import lock_in_memory, memory_flags, times_in_memory


def test_what_a_process_keeps_is_found():
    word = bytes(reversed(b"niatniatniat ni niar"))
    kept = bytearray(word)
    assert times_in_memory(os.getpid(), word) >= 1
    kept[:] = bytes(len(kept))


def test_what_is_across_two_chunks_is_found_once():
    with mmap.mmap(-1, 4 << 20) as memory:
        word = os.urandom(24)
        memory[(1 << 20) - 12 : (1 << 20) + 12] = word
        assert times_in_memory(os.getpid(), word) >= 2  # in the mapping, and as `word` itself
        memory[:] = bytes(4 << 20)


def test_another_process_is_searched():
    word = os.urandom(24)
    with living(bytearray, word, names=["A"]) as (a,):
        try:
            assert times_in_memory(a.pid, word) >= 1
        except PermissionError:
            pytest.skip("this host lets nobody look")


def test_a_process_that_has_ended_has_no_memory():
    with living(bytearray, names=["A"]) as (a,):
        pass
    with pytest.raises(ProcessLookupError, match="has ended"):
        times_in_memory(a.pid, b"anything")


def test_flags_follow_the_calls():
    with mmap.mmap(-1, mmap.PAGESIZE) as memory:
        assert memory_flags(memory) == {"left out of a core dump": False, "locked in memory": False}
        memory.madvise(mmap.MADV_DONTDUMP)
        assert memory_flags(memory)["left out of a core dump"]
        try:
            assert lock_in_memory(memory) == "locked"
        except OSError:
            pytest.skip("nothing may be locked here")
        assert memory_flags(memory)["locked in memory"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may lock beyond the limit")
def test_beyond_the_limit_nothing_is_locked():
    with limited(memlock=0), mmap.mmap(-1, mmap.PAGESIZE) as memory, pytest.raises(OSError, match="mlock failed"):
        lock_in_memory(memory)
