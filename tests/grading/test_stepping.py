"""Processes of a scene that stop themselves, and the scene that lets them go on, one after the other."""

import os
import select
import signal

import pytest

from shmlab.grading.results import Differs
from shmlab.grading.scenes import stepping
from shmlab.grading.scenes.world import World, sandbox


@pytest.fixture
def world():
    one = World(sandbox())
    yield one
    one.close()


def stop():
    os.kill(os.getpid(), signal.SIGSTOP)


def two_children():
    for _ in range(2):
        if os.fork() == 0:
            stop()
            os._exit(0)
    return [os.wait()[0] for _ in range(2)]


def itself():
    stop()
    return os.getpid()


def a_grandchild():
    if os.fork() == 0:
        if os.fork() == 0:
            stop()
            os._exit(0)
        os.wait()
        os._exit(0)
    return os.wait()[0]


def nobody():
    if os.fork() == 0:
        stop()
        os._exit(0)


def went_on(world, process):
    return [pid for pid, _, _ in stepping.steps(world, process) if pid]


def test_children_go_on_one_after_the_other_while_their_parent_waits(world):
    process = world.start(two_children)
    found = went_on(world, process)
    assert found == sorted(found)
    assert world.result(process) == found


def test_who_stops_itself_goes_on_too(world):
    process = world.start(itself)
    assert went_on(world, process) == [process.pid] == [world.result(process)]


def test_a_childs_child_is_seen(world):
    process = world.start(a_grandchild)
    (found,) = went_on(world, process)
    assert found != world.result(process)


def test_who_does_not_wait_ends_before_its_child_goes_on(world):
    process = world.start(nobody)
    assert went_on(world, process) == []
    assert process.ended
    assert list(world.children(process).values()) == [False]


def test_each_step_says_where(world):
    process = world.start(two_children)
    assert all(bool(line) != bool(pid) for pid, _, line in stepping.steps(world, process))


def waits_for_ever():
    reading, _ = os.pipe()
    os.read(reading, 1)


def test_who_waits_for_ever_is_told_at_once(world):
    process = world.start(waits_for_ever)
    if not world.walled:
        assert went_on(world, process) == []
        return
    with pytest.raises(Differs, match="waits_for_ever waits for something that does not come"):
        went_on(world, process)


def reads_its_own_bytes():
    reading, writing = os.pipe()
    if os.fork() == 0:
        stop()
        os.write(writing, b"answer")
    return os.read(reading, 6)


def test_of_two_readers_of_a_pipe_the_child_gets_the_bytes_each_time(world):
    """Which of the two the kernel wakes first is luck; here it is decided."""
    process = world.start(reads_its_own_bytes)
    if not world.walled:
        assert len(went_on(world, process)) == 1
        return
    with pytest.raises(Differs, match="waits for something that does not come"):
        went_on(world, process)


def writes_more_than_a_pipe_holds():
    reading, writing = os.pipe()
    if os.fork() == 0:
        stop()
        os.write(writing, bytes(100_000))
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as answer:
        length = len(answer.read())
    os.wait()
    return length


def test_a_child_that_waits_for_its_parent_gets_it(world):
    process = world.start(writes_more_than_a_pipe_holds)
    assert len(went_on(world, process)) == 1
    assert world.result(process) == 100_000


def waits_once(seconds):
    child = os.fork()
    if child == 0:
        stop()
        os._exit(0)
    ended, _, _ = select.select([os.pidfd_open(child)], [], [], seconds)
    return bool(ended)


def waits_in_a_loop(seconds):
    child = os.fork()
    if child == 0:
        stop()
        os._exit(0)
    rounds = 1
    while not select.select([os.pidfd_open(child)], [], [], seconds)[0]:
        rounds += 1
    return rounds


@pytest.mark.parametrize(("seconds", "came"), [(0.5, False), (1, False), (600, True), (None, True)])
def test_a_limit_passes_before_a_child_goes_on(world, seconds, came):
    """Else their speed would decide whether it comes in time. A long limit never passes for a child that works."""
    if not world.walled:
        pytest.skip("without namespaces nobody sees what a process waits for")
    process = world.start(waits_once, seconds)
    assert len(went_on(world, process)) == came
    assert world.result(process) is came


def test_who_waits_in_a_loop_waits(world):
    process = world.start(waits_in_a_loop, 0.5)
    assert len(went_on(world, process)) == 1
    assert world.result(process) > 1 or not world.walled
