"""What processes wait for, as the kernel tells it: for ever, or up to a limit on time."""

import multiprocessing
import os
import select
import signal
import threading
import time

import pytest
from lifeline import wait_until

from shmlab.grading.inside_sandbox import blocked

needs_table = pytest.mark.skipif(not blocked._calls(), reason="no table of this architecture's system calls")


def poll(seconds):
    select.poll().poll(None if seconds is None else seconds * 1000)


def epoll(seconds):
    select.epoll().poll(seconds)


def waits_for_signal(seconds):
    if seconds is None:
        signal.sigwaitinfo([signal.SIGUSR1])
    else:
        signal.sigtimedwait([signal.SIGUSR1], seconds)


CALLS = {
    "select": lambda seconds: select.select([], [], [], seconds),
    "poll": poll,
    "epoll": epoll,
    "a semaphore of multiprocessing": lambda seconds: (
        multiprocessing.get_context("fork").Semaphore(0).acquire(True, seconds)
    ),
    "an event of threading": lambda seconds: threading.Event().wait(seconds),
    "a signal": waits_for_signal,
}


@pytest.fixture
def waiting():
    """Starts a process that waits in a call, and returns its pid when it sleeps."""
    pids = []

    def start(call, seconds):
        pid = os.fork()
        if not pid:
            try:
                call(seconds)
            finally:
                os._exit(0)
        pids.append(pid)
        wait_until(lambda: any(blocked.limited_wait(pid)) or blocked.blocked_for_ever(pid))
        return pid

    yield start
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@needs_table
@pytest.mark.parametrize("call", CALLS)
def test_a_limit_is_known_and_how_long_it_is(waiting, call):
    pid = waiting(CALLS[call], 3600)
    sleeps, left_s = blocked.limited_wait(pid)
    assert 1800 < left_s <= 3600
    assert not blocked.blocked_for_ever(pid)
    assert blocked.limited_wait(pid)[0] == sleeps


@needs_table
@pytest.mark.parametrize("call", CALLS)
def test_no_limit_is_for_ever(waiting, call):
    pid = waiting(CALLS[call], None)
    assert blocked.blocked_for_ever(pid)
    assert blocked.limited_wait(pid) == (None, None)


@needs_table
def test_a_wait_that_is_over_is_another_one(waiting):
    def twice(seconds):
        for _ in range(2):
            select.select([], [], [], seconds)
            seconds *= 3600

    pid = waiting(twice, 1)
    before = blocked.limited_wait(pid)[0]
    wait_until(lambda: blocked.limited_wait(pid)[0] not in (before, None))
    assert blocked.limited_wait(pid)[1] > 1800


def test_who_works_waits_for_nothing():
    assert blocked.limited_wait(os.getpid()) == (None, None)
    assert not blocked.blocked_for_ever(os.getpid())


def test_who_has_gone_waits_for_nothing():
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    assert blocked.limited_wait(pid) == (None, None)
    assert not blocked.blocked_for_ever(pid)


def test_a_moment_is_told_as_the_seconds_until_then(waiting):
    began = time.monotonic()
    pid = waiting(CALLS["an event of threading"], 1000)
    left_s = blocked.limited_wait(pid)[1]
    assert 1000 - (time.monotonic() - began) <= left_s + 1e-3 <= 1000.1
