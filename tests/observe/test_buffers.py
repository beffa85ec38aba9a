"""Bounded buffers as a lesson shows them: how full one was in a real run, and the kernel's own, full."""

import itertools
import time

import pytest

from shmlab import Program, Semaphore, plot
from shmlab.observe import fill_kernel_buffers, occupancy
from shmlab.observe.kernel_buffers import _soon

SLOTS, ITEMS = 2, 6


def put(shm, room, filled):
    for n in range(ITEMS):
        room.acquire()
        shm.put_ns[n] = time.perf_counter_ns()
        filled.release()


def get(shm, room, filled):
    for n in range(ITEMS):
        filled.acquire()
        shm.got_ns[n] = time.perf_counter_ns()
        room.release()


def a_run():
    sync = {"room": Semaphore(SLOTS), "filled": Semaphore(0)}
    program = Program([put, get], shared={"put_ns": [0] * ITEMS, "got_ns": [0] * ITEMS}, sync=sync)
    return program.run().values


def test_a_real_run_stays_between_empty_and_full():
    values = a_run()
    filling = occupancy(values["put_ns"], values["got_ns"], slots=SLOTS)
    inside = [moment.inside for moment in filling.moments]
    assert (inside[0], inside[-1], len(inside)) == (1, 0, 2 * ITEMS)
    assert all(0 <= one <= SLOTS for one in inside)
    assert all(abs(one - other) == 1 for one, other in itertools.pairwise(inside))


def test_the_table_counts_moments_and_states():
    filling = occupancy([10, 20, 50], [30, 40, 60], slots=2, reached={(0, 0), (0, 1), (0, 2), (1, 1)})
    assert filling.table().rows == (("0", "2", "2"), ("1", "3", "1"), ("2 (full)", "1", "1"))
    assert [moment.at_ns for moment in filling.moments] == [0, 10, 20, 30, 40, 50]


def test_a_run_that_breaks_the_bounds_is_shown_as_it_is():
    filling = occupancy([10, 20, 30], [5, 40, 50], slots=1)
    assert [row[0] for row in filling.table().rows] == ["-1", "0", "1 (full)", "2"]


def test_without_times_there_is_nothing_to_show():
    with pytest.raises(ValueError, match="no times"):
        occupancy([], [], slots=2)


@pytest.mark.parametrize("reached", [(), {(0, 0), (0, 1), (1, 1)}], ids=["alone", "beside the model"])
def test_the_picture_says_what_is_full_and_empty(reached):
    figure = plot(occupancy([10, 20], [15, 40], slots=2, reached=reached))
    titles = [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes]
    assert titles == ["The real run", "Every pair (got, put) of the model"][: 1 + bool(reached)]
    for axes in figure.axes:
        words = [text.get_text() for text in axes.texts]
        assert any("full" in one for one in words) and "empty" in words


def test_the_kernels_buffers_take_what_they_say_and_then_the_writer_sleeps():
    found = fill_kernel_buffers(messages=4)
    pipe = found.filled[0]
    assert (pipe.slept, pipe.went_on) == (True, True)
    size, pieces, bytes_ = (int(word.replace(",", "")) for word in (pipe.says.split()[0], *pipe.took.split()[0:4:3]))
    assert size == pieces * bytes_
    if not found.missing:
        queue = found.filled[1]
        assert (queue.says.split()[0], queue.took, queue.slept, queue.went_on) == ("4", "4 messages", True, True)
    assert "sleeps" in str(found) and "goes on" in str(found)


def test_more_messages_than_the_kernel_allows_are_refused():
    with pytest.raises((ValueError, OSError)):
        if fill_kernel_buffers(messages=10**9).missing:
            raise OSError("no queue here")


def test_what_never_comes_is_waited_for_no_longer_than_the_deadline(monkeypatch):
    monkeypatch.setattr("shmlab.observe.kernel_buffers._DEADLINE_S", 0)
    assert _soon(lambda: False) is False
