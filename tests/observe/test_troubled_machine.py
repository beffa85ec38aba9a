"""The machine with trouble, and the tools that look at it."""

import os
import sys

import pytest
from foreign import in_kernel, planted

from shmlab import ipc
from shmlab.observe import in_small_dev_shm, living, memory_use, run_tool, tools, troubled_machine, waiting


def test_its_trouble_is_real_and_gone_at_the_end():
    with planted():
        before = in_kernel()
        with troubled_machine() as machine:
            found = {one.name: one for one in ipc.objects()}
            for one in machine.planted:
                there = found[one.name]
                assert there.size_bytes == one.size_bytes
                assert there.attached == len(one.users)
                assert there.creator_pid == one.creator
                assert one.leak == (not there.creator_alive and not there.attached)
            assert sum(one.leak for one in machine.planted) == 2
            assert all(os.path.exists(f"/proc/{pid}") for pid in machine.pids)
            pids = machine.pids
        assert in_kernel() == before
        assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def test_what_it_gives_away_is_true_at_that_moment():
    with troubled_machine() as machine:
        before = {one.id: one for one in machine.planted}
        assert not before[machine.queue].leak
        assert str(machine.table()).count("in use") == 3
        machine.workers[-1].kill()
        after = {one.id: one for one in machine.planted}
        assert after[machine.queue].leak
        assert after[machine.queue].why == "its creator is dead, and nobody uses it"
        assert not any(machine.workers[-1].pid in one.users for one in machine.planted)
        found = {one.id: one for one in ipc.objects()}
        assert found[machine.queue].attached == 0


def test_it_is_cleaned_when_the_block_raises():
    before = in_kernel()
    with pytest.raises(KeyError), troubled_machine():
        raise KeyError
    assert in_kernel() == before


def test_what_a_process_waits_for_is_said():
    with troubled_machine() as machine:
        found = waiting(machine.stuck)
        if found.call:
            assert found.call == "futex"
            assert found.on == f"byte 0 of POSIX semaphore {machine.gate}"
        assert str(machine.stuck) in repr(found)
        gone = machine.workers[2]
        gone.kill()
        with pytest.raises(ProcessLookupError, match="has ended"):
            waiting(gone)


def map_all(name):
    segment = ipc.PosixSegment.open(name)
    segment.prefault()
    return segment


def test_shared_memory_counts_once_in_pss():
    size = 32 * 2**20
    with ipc.PosixSegment.create(None, size) as segment:
        segment.buffer[:] = bytes(size)
        with living(map_all, segment.name) as programs:
            used = memory_use(*programs)
    assert used.rss - used.pss > size
    assert [row[0] for row in used.table().rows][-1] == "together"


def test_memory_of_nobody_is_refused():
    with pytest.raises(TypeError, match="one process or more"):
        memory_use()


def test_a_tool_that_is_missing_is_recorded():
    told = run_tool("no-such-tool", recorded="as it was")
    assert told.text == "as it was"
    assert "There is no no-such-tool here" in told.source


def test_a_tool_is_run_and_its_lines_are_chosen():
    code = "print('id  size'); print('17  1'); print('170  2'); print('18  3')"
    told = run_tool(sys.executable, "-c", code, only=[17])
    assert told.text == "id  size\n17  1\n(and 2 lines about others)"
    assert tools.run_tool(sys.executable, "-c", code).text.count("\n") == 3


def fill(name):
    descriptor = ipc.shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    print(os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize)
    os.posix_fallocate(descriptor, 0, 2**21)


def store(name):
    import mmap

    descriptor = ipc.shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.ftruncate(descriptor, 2**21)
    mmap.mmap(descriptor, 2**21)[:] = bytes(2**21)


def test_a_small_dev_shm_is_ones_own_and_can_be_filled():
    before = in_kernel()
    told = in_small_dev_shm(store, "/full", recorded="SIGBUS")
    assert "SIGBUS" in told.text
    if "recorded" not in told.source:
        with pytest.raises(RuntimeError, match="No space left on device"):
            in_small_dev_shm(fill, "/full")
    assert in_kernel() == before
