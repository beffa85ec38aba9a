import getpass
import os
import pathlib

import posix_ipc
import pytest
import sysv_ipc
from helpers import PATIENCE_S, die, gate

from shmlab import ipc
from shmlab.ipc import kinds
from shmlab.processes.workers import start


@pytest.fixture
def gates():
    """Two of them: ready, go."""
    with gate() as ready, gate() as go:
        yield ready, go


@pytest.fixture
def four():
    """One object of each kind, by kind."""
    made = (
        ipc.PosixSegment.create("/test-listed", 5000, mode=0o640),
        ipc.PosixSemaphore.create("/test-listed", 1),
        ipc.SysvSegment.create(0x7E57, 5000, mode=0o640),
        ipc.SysvSemaphore.create(0x7E57, 1),
    )
    yield {one.kind: one for one in made}
    for one in made:
        one.close()
        one.destroy()


def find(kind, name, **options):
    found = [one for one in ipc.objects(**options) if (one.kind, one.name) == (kind, name)]
    assert len(found) <= 1
    return found[0] if found else None


def test_each_kind_is_listed_as_it_is(four):
    for kind, made in four.items():
        segment, system_v = isinstance(made, ipc.Segment), kind in kinds.SYSV
        found = find(kind, made.key if system_v else made.name)
        assert found.id == (made.id if system_v else None)
        assert found.mode == (0o640 if segment else 0o600)
        assert found.owner == getpass.getuser()
        assert found.size_bytes == (5000 if segment else None if system_v else 32)
        assert found.attached == (1 if segment or not system_v else None)
        assert (found.creator_pid, found.creator_alive, found.ours) == (os.getpid(), True, True)


def test_nothing_of_ours_is_said_in_words():
    assert "Nothing of ours" in repr(ipc.objects())


def test_the_table_has_a_row_for_each_object(four):
    text = repr(ipc.objects())
    assert text.count("/test-listed") == 2
    assert text.count("0x7e57") == 2
    assert "4.883 KiB" in text
    assert "0640" in text
    assert f"{os.getpid()} alive" in text


@pytest.mark.parametrize("kind", ["posix", "sysv"])
def test_the_attach_count_follows_processes(kind, gates):
    def hold(segment, ready, go):
        ready.release()
        go.acquire(PATIENCE_S)

    with ipc.Segment.create(100, ipc=kind) as segment:
        name = segment.name if kind == "posix" else segment.key
        worker = start(hold, segment, *gates)
        gates[0].acquire(PATIENCE_S)
        assert find(segment.kind, name).attached == 2
        gates[1].release()
        worker.result(PATIENCE_S)
        assert find(segment.kind, name).attached == 1


def test_two_mappings_of_one_process_count_once_for_posix(four):
    made = four[kinds.POSIX_SEGMENT]
    with ipc.PosixSegment.open(made.name):
        assert find(made.kind, made.name).attached == 1


@pytest.mark.parametrize("kind", ["posix", "sysv"])
def test_what_a_killed_process_left_has_a_dead_creator(kind):
    def create_and_die():
        ipc.Segment.create(100, ipc=kind)
        ipc.Semaphore.create(1, ipc=kind)
        die()

    worker = start(create_and_die).join(PATIENCE_S)
    left = [one for one in ipc.objects() if one.creator_pid == worker.pid]
    assert [one.creator_alive for one in left] == [False, False]
    assert "dead" in repr(ipc.objects())
    ipc.clean()
    assert not [one for one in ipc.objects() if one.creator_pid == worker.pid]


def test_somebody_elses_objects_are_listed_only_on_request():
    segment = posix_ipc.SharedMemory("/test-foreign", posix_ipc.O_CREX, size=100)
    semaphore = sysv_ipc.Semaphore(0x7E58, sysv_ipc.IPC_CREX)
    try:
        for kind, name in ((kinds.POSIX_SEGMENT, "/test-foreign"), (kinds.SYSV_SEMAPHORE, 0x7E58)):
            assert find(kind, name) is None
            found = find(kind, name, everyone=True)
            assert (found.ours, found.creator_pid, found.creator_alive) == (False, None, None)
    finally:
        segment.close_fd()
        segment.unlink()
        semaphore.remove()


def test_the_creator_of_a_foreign_system_v_segment_is_known_to_the_kernel():
    memory = sysv_ipc.SharedMemory(0x7E58, sysv_ipc.IPC_CREX, size=100)
    try:
        found = find(kinds.SYSV_SEGMENT, 0x7E58, everyone=True)
        assert (found.ours, found.creator_pid, found.creator_alive) == (False, os.getpid(), True)
    finally:
        memory.detach()
        memory.remove()


def test_what_is_no_object_is_not_listed():
    folder = pathlib.Path("/dev/shm/test-folder")
    folder.mkdir()
    try:
        assert find(kinds.POSIX_SEGMENT, "/test-folder", everyone=True) is None
    finally:
        folder.rmdir()


def test_an_object_whose_name_was_taken_is_not_ours():
    with ipc.PosixSegment.create("/test-taken", 100) as segment:
        pathlib.Path("/dev/shm/test-taken").unlink()
        pathlib.Path("/dev/shm/test-taken").write_bytes(b"another")
        assert find(segment.kind, segment.name) is None
        assert find(segment.kind, segment.name, everyone=True).size_bytes == 7
    assert pathlib.Path("/dev/shm/test-taken").read_bytes() == b"another"
    pathlib.Path("/dev/shm/test-taken").unlink()
