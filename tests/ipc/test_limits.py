import dataclasses
import errno
import json
import os
import pathlib

import pytest
from helpers import PATIENCE_S

from shmlab import ipc
from shmlab.ipc import limits
from shmlab.processes.workers import start

KERNEL = pathlib.Path("/proc/sys/kernel")


@pytest.fixture
def set_limit(private_namespaces):
    """Lower a limit of our own IPC namespace while the test runs."""
    before = {}

    def set_to(name, text):
        old = (KERNEL / name).read_text()
        try:
            (KERNEL / name).write_text(text)
        except PermissionError:
            pytest.skip("this host does not let us lower limits")
        before[name] = old

    yield set_to
    for name, text in before.items():
        (KERNEL / name).write_text(text)


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (1, "1 bytes"),
        (1000, "1000 bytes"),
        (4096, "4 KiB"),
        (100_000_000, "95.37 MiB"),
        (2**30, "1 GiB"),
        (2**60, "no limit"),
    ],
)
def test_sizes_in_words(size_bytes, words):
    assert limits.in_words(size_bytes) == words


def test_the_limits_are_the_kernels(set_limit):
    set_limit("shmmax", "12345")
    set_limit("shmall", "678")
    set_limit("shmmni", "9")
    set_limit("sem", "11 22 33 44")
    assert (limits.shmmax(), limits.shmall(), limits.shmmni()) == (12345, 678, 9)
    assert dataclasses.astuple(limits.semaphores()) == (11, 22, 33, 44)


def test_the_space_is_that_of_dev_shm(private_namespaces):
    space = limits.posix_space()
    assert space.size_bytes == 64 * limits.MIB
    with ipc.PosixSegment.create(None, limits.MIB):
        assert limits.posix_space() == limits.Space(space.size_bytes, space.free_bytes - limits.MIB)


def test_the_processors_are_those_this_process_may_use():
    cpu = limits.cpus()[-1]

    def pinned():
        os.sched_setaffinity(0, {cpu})
        return limits.cpus()

    assert start(pinned).result(PATIENCE_S) == [cpu]


def test_every_fact_is_a_sentence_and_goes_into_json():
    facts = limits.report()
    assert len({fact.name for fact in facts}) == len(facts)
    for fact in facts:
        assert fact.sentence.endswith(".")
        assert not fact.advice or fact.advice.endswith(".")
        assert json.loads(json.dumps(dataclasses.asdict(fact)))["name"] == fact.name


def test_a_full_dev_shm_comes_with_advice(private_namespaces):
    assert not limits.report()[0].advice
    with ipc.PosixSegment.create(None, limits.posix_space().free_bytes):
        assert "shmlab clean" in limits.report()[0].advice


def test_one_processor_comes_with_advice():
    def advice():
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        return {fact.name: fact.advice for fact in limits.report()}["cpus"]

    assert "races are rare" in start(advice).result(PATIENCE_S)


def test_the_container_is_the_one_that_says_so(monkeypatch):
    if not any(map(os.path.exists, ("/.dockerenv", "/run/.containerenv", "/run/systemd/container"))):
        monkeypatch.delenv("container", raising=False)
        assert limits.container() is None
        monkeypatch.setenv("container", "lxc")
        assert limits.container() == "lxc"


# Creating beyond the limits


def test_a_system_v_segment_beyond_shmmax_is_refused(set_limit):
    set_limit("shmmax", str(limits.MIB))
    with pytest.raises(OSError, match=r"key 0x4d2 of .* is more than SHMMAX, 1 MiB.*ask for less.*sysctl") as told:
        ipc.SysvSegment.create(1234, limits.MIB + 1)
    assert told.value.errno == errno.EINVAL
    with ipc.SysvSegment.create(1234, limits.MIB):
        pass


@pytest.mark.parametrize(("name", "text"), [("shmmni", "0"), ("shmall", "1")])
def test_a_system_v_segment_too_many_is_refused(set_limit, name, text):
    set_limit(name, text)
    with pytest.raises(OSError, match=rf"System V segment with key 0x4d2.*{name.upper()}") as told:
        ipc.SysvSegment.create(1234, limits.MIB)
    assert told.value.errno == errno.ENOSPC


def test_a_system_v_semaphore_too_many_is_refused(set_limit):
    set_limit("sem", "250 32000 500 0")
    with pytest.raises(OSError, match=r"System V semaphore with key 0x4d2.*shmlab clean") as told:
        ipc.SysvSemaphore.create(1234)
    assert told.value.errno == errno.ENOSPC


@pytest.mark.parametrize("name", [None, "/test-full"])
def test_a_posix_semaphore_in_a_full_dev_shm_is_refused(private_namespaces, name):
    with (
        ipc.PosixSegment.create(None, limits.posix_space().free_bytes),
        pytest.raises(OSError, match=rf"POSIX semaphore '{name or '/shmlab-'}.*size of /dev/shm.*shmlab clean") as told,
    ):
        ipc.PosixSemaphore.create(name)
    assert told.value.errno == errno.ENOSPC


@pytest.mark.parametrize("size_bytes", [2**46, 2**62, 2**63 - 1])
@pytest.mark.parametrize("kind", ["posix", "sysv"])
def test_a_size_that_no_host_has_is_refused(kind, size_bytes):
    with pytest.raises(OSError, match=r"segment.*(Ask|ask) for less") as told:
        ipc.Segment.create(size_bytes, ipc=kind)
    assert told.value.errno in (errno.ENOSPC, errno.ENOMEM, errno.EINVAL)
