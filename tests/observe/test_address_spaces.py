import mmap
import os
import subprocess
import sys

import pytest
from helpers import PATIENCE_S, gate
from stored_maps import CHILD, PARENT, stored

from shmlab import address_space, ipc, start
from shmlab.observe import address_spaces


def relation(spaces, what):
    """What the table says of a thing between the processes."""
    return [row[-1] for row in spaces.table().rows if row[0] == what]


def test_a_line_is_taken_apart():
    one = address_spaces.parse(PARENT)[1]
    assert (one.start, one.end, one.size_bytes) == (0x55D0A0001000, 0x55D0A0003000, 0x2000)
    assert (one.permissions, one.offset, one.device, one.inode) == ("r-xp", 0x1000, "fe:00", 100)
    assert one.path == "/usr/bin/some program"
    assert not one.shared


def test_what_is_no_line_is_refused():
    with pytest.raises(ValueError, match=r"'nonsense' is no line of /proc/PID/maps"):
        address_spaces.parse(PARENT + "nonsense\n")


def test_mappings_have_names():
    names = [one.name for one in address_spaces.parse(PARENT)]
    assert names[4:7] == ["POSIX segment /scores", "System V segment 0x4d2", "anonymous shared memory"]
    assert names[2] == "anonymous memory"
    assert address_spaces.parse(CHILD)[2].name == "POSIX segment /scores (unlinked)"


def test_regions_are_told_in_few_words():
    space = address_spaces.AddressSpace("parent", address_spaces.parse(PARENT))
    assert [region.sort for region in space.regions] == [
        "program", "heap", "shared", "shared", "shared", "private", "C library", "private", "stack",
    ]  # fmt: skip
    program = space.regions[0]
    assert (program.name, program.size_bytes) == ("program (some program)", 0x4000)  # its zeros included
    assert program.permissions == "3 mappings, p"


def test_inode_and_device_decide_and_both_must_say_shared():
    spaces = stored(parent=PARENT, child=CHILD)
    assert relation(spaces, "POSIX segment /scores") == [
        address_spaces.SHARED,
        address_spaces.ALONE,
    ]  # the child has another of that name
    assert relation(spaces, "anonymous shared memory") == [address_spaces.SHARED]
    assert relation(spaces, "System V segment 0x4d2") == [
        address_spaces.ALONE
    ]  # of the same number as the anonymous one
    assert relation(spaces, "program (some program)") == [address_spaces.COPIES]
    assert relation(spaces, "heap") == [address_spaces.OWN]
    assert relation(spaces, "stack") == [address_spaces.OWN]
    assert [tuple(one.inode for one in row) for row in spaces.shared()] == [(7, 7), (7, 7)]


def test_the_first_system_v_segment_of_all_has_inode_0():
    line = "7f0000000000-7f0000001000 rw-s 00000000 00:01 0 /SYSV000004d2 (deleted)\n"
    assert relation(stored(one=line, two=line), "System V segment 0x4d2") == [address_spaces.SHARED]


def test_different_pages_of_one_file_are_not_shared():
    line = "7f0000000000-7f0000001000 rw-s {} 00:1b 7 /dev/shm/scores\n"
    assert stored(one=line.format("00000000"), two=line.format("00001000")).shared() == ()
    assert len(stored(one=line.format("00001000"), two=line.format("00001000")).shared()) == 1


def test_a_mapping_that_one_makes_private_is_not_shared():
    line = "7f0000000000-7f0000001000 {} 00000000 00:1b 7 /dev/shm/scores\n"
    spaces = stored(one=line.format("rw-s"), two=line.format("rw-p"))
    assert spaces.shared() == ()


@pytest.fixture
def two_spaces():
    """Two fresh programs with a POSIX and a System V segment in common; gives (posix, sysv, their address spaces)."""

    def hold(posix, sysv, ready, go):
        ready.release()
        go.acquire(PATIENCE_S)

    with (
        ipc.PosixSegment.create(None, 100) as posix,
        ipc.SysvSegment.create(None, 100) as sysv,
        gate() as ready,
        gate() as go,
    ):
        workers = [start(hold, posix, sysv, ready, go, name=name, method="spawn") for name in ("one", "two")]
        for _ in workers:
            ready.acquire(PATIENCE_S)
        yield posix, sysv, address_space(*workers)
        for _ in workers:
            go.release()
        for worker in workers:
            worker.result(PATIENCE_S)


def test_two_real_processes_share_what_they_share(two_spaces):
    posix, sysv, spaces = two_spaces
    assert relation(spaces, f"POSIX segment {posix.name}") == [address_spaces.SHARED]
    assert relation(spaces, f"System V segment {sysv.key:#x}") == [address_spaces.SHARED]
    assert relation(spaces, "heap") == relation(spaces, "stack") == [address_spaces.OWN]
    (program,) = [row for row in spaces.table().rows if row[0].startswith("program")]
    assert program[-1] == address_spaces.COPIES
    named = [row for row in spaces.shared() if row[0].name == f"POSIX segment {posix.name}"]
    assert [(one.inode, one.shared) for one in named[0]] == [(os.stat(f"/dev/shm{posix.name}").st_ino, True)] * 2


def test_memory_mapped_before_a_fork_is_shared_if_it_is_mapped_so():
    program = """
import mmap, os, sys
shared = mmap.mmap(-1, 4096)
private = mmap.mmap(-1, 2 * 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
child = os.fork()
if child:
    print(child, flush=True)
sys.stdin.read()
if child:
    os.waitpid(child, 0)
"""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, text=True) as parent:
        child = int(parent.stdout.readline())
        spaces = address_space(parent, child)
        parent.stdin.close()
    assert [[one.name for one in row] for row in spaces.shared() if "w" in row[0].permissions] == [
        ["anonymous shared memory"] * 2
    ]


def test_an_unlinked_segment_is_still_mapped():
    with ipc.PosixSegment.create(None, 100) as segment:
        segment.unlink()
        names = [one.name for one in address_spaces.read(os.getpid())]
        assert f"POSIX segment {segment.name} (unlinked)" in names


def test_this_process_is_called_so():
    assert address_space(os.getpid()).spaces[0].name == f"this process ({os.getpid()})"


def test_it_reads_the_maps_as_they_are_now():
    before = len(address_spaces.read(os.getpid()))
    with mmap.mmap(-1, 4096, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS):
        mine = [one for one in address_spaces.read(os.getpid()) if one.name == "anonymous shared memory"]
        assert mine
    assert before


def test_a_process_that_has_ended_is_said_to_have():
    ended = start(int).join(PATIENCE_S)
    with pytest.raises(ProcessLookupError, match=f"process {ended.pid} has ended"):
        address_space(ended)


@pytest.mark.parametrize("wrong", ["7", None, True])
def test_what_is_no_process_is_refused(wrong):
    with pytest.raises(TypeError, match="is no process: give a Worker"):
        address_space(wrong)


def test_no_process_at_all_is_refused():
    with pytest.raises(TypeError, match="takes one process or more"):
        address_space()


def test_another_users_process_is_refused():
    def look(pid):
        os.setuid(65534)
        with pytest.raises(PermissionError, match=f"process {pid} is another user's"):
            address_space(pid)

    if os.geteuid() != 0:
        pytest.skip("needs root, to become another user")
    start(look, os.getpid()).result(PATIENCE_S)
