import ctypes
import errno
import signal
import threading

import pytest
from helpers import PATIENCE_S, Elapsed, acquire_and_die, die, gate, hold_until, interrupted_at

from shmlab import ipc
from shmlab.processes.workers import start


@pytest.fixture(params=["posix", "sysv"])
def segment(request):
    with ipc.Segment.create(4096, ipc=request.param) as segment:
        yield segment


@pytest.fixture
def mutex(segment):
    mutex = ipc.Mutex.create(segment)
    yield mutex
    mutex.close()


@pytest.fixture
def ready():
    with gate() as ready:
        yield ready


@pytest.fixture
def go():
    with gate() as go:
        yield go


def add(lock, segment, times):
    count = segment.view(ctypes.c_int64, 64)
    for _ in range(times):
        with lock:
            count.value += 1


def kill_the_owner(mutex):
    assert start(acquire_and_die, mutex).join(PATIENCE_S).exit.signal == signal.SIGKILL


def recover(mutex):
    with pytest.raises(ipc.OwnerDied):
        mutex.acquire(PATIENCE_S)
    mutex.consistent()
    mutex.release()


def test_nothing_is_lost_behind_a_mutex(mutex, segment):
    for worker in [start(add, mutex, segment, 1000) for _ in range(2)]:
        worker.result(PATIENCE_S)
    assert segment.view(ctypes.c_int64, 64).value == 2000


def test_a_held_mutex_keeps_another_process_out(mutex, ready, go):
    worker = start(hold_until, mutex, ready, go)
    ready.acquire(PATIENCE_S)
    assert not mutex.try_acquire()
    go.release()
    assert mutex.acquire(PATIENCE_S)
    mutex.release()
    worker.result(PATIENCE_S)


@pytest.mark.parametrize("timeout", [0, 0.2])
def test_acquiring_a_held_mutex_times_out(mutex, ready, go, timeout):
    worker = start(hold_until, mutex, ready, go)
    ready.acquire(PATIENCE_S)
    with (
        Elapsed() as elapsed,
        pytest.raises(TimeoutError, match=r"mutex at offset 0 of .*segment.*not acquired within"),
    ):
        mutex.acquire(timeout)
    assert timeout <= elapsed.seconds < PATIENCE_S
    assert not mutex.held()
    go.release()
    worker.result(PATIENCE_S)


def test_acquiring_twice_is_an_error_and_not_a_deadlock(mutex):
    with mutex:
        for attempt in (mutex.acquire, mutex.try_acquire):
            with pytest.raises(RuntimeError, match=r"mutex at offset 0.*held by this (thread|process) already"):
                attempt()
        assert mutex.held()


def test_releasing_what_another_process_holds_is_an_error(mutex, ready, go):
    worker = start(hold_until, mutex, ready, go)
    ready.acquire(PATIENCE_S)
    with pytest.raises(RuntimeError, match=r"mutex at offset 0.*not held by this (thread|process)"):
        mutex.release()
    go.release()
    worker.result(PATIENCE_S)


def test_releasing_a_free_mutex_is_an_error(mutex):
    with pytest.raises(RuntimeError, match=r"not held by this (thread|process)"):
        mutex.release()


def test_another_thread_does_not_hold_it_and_cannot_release_it(mutex):
    errors = []

    def release():
        try:
            mutex.release()
        except RuntimeError as error:
            errors.append((mutex.held(), str(error)))

    with mutex:
        thread = threading.Thread(target=release)
        thread.start()
        thread.join(PATIENCE_S)
    assert len(errors) == 1
    assert not errors[0][0]
    assert "not held by this" in errors[0][1]


def test_the_next_owner_hears_of_the_death_and_holds_the_mutex(mutex):
    kill_the_owner(mutex)
    with pytest.raises(ipc.OwnerDied, match=r"mutex at offset 0.*repair it, call consistent\(\), then release") as told:
        mutex.acquire(PATIENCE_S)
    assert told.value.errno == errno.EOWNERDEAD
    assert mutex.held()
    mutex.consistent()
    mutex.release()
    with mutex:
        assert mutex.held()


def test_try_acquire_hears_of_the_death_too(mutex):
    kill_the_owner(mutex)
    with pytest.raises(ipc.OwnerDied):
        mutex.try_acquire()
    mutex.consistent()
    mutex.release()


def test_a_process_already_waiting_hears_of_the_death(mutex, ready, go):
    def acquire(mutex, ready):
        ready.release()
        try:
            mutex.acquire(PATIENCE_S)
        except ipc.OwnerDied as error:
            mutex.consistent()
            mutex.release()
            return error.errno

    owner = start(hold_until, mutex, ready, go)
    ready.acquire(PATIENCE_S)
    waiter = start(acquire, mutex, ready)
    ready.acquire(PATIENCE_S)
    owner.kill()
    assert waiter.result(PATIENCE_S) == errno.EOWNERDEAD


def test_a_death_during_the_repair_is_told_again(mutex):
    def begin_repair_and_die(mutex):
        try:
            mutex.acquire(PATIENCE_S)
        except ipc.OwnerDied:
            die()

    kill_the_owner(mutex)
    assert start(begin_repair_and_die, mutex).join(PATIENCE_S).exit.signal == signal.SIGKILL
    recover(mutex)


def test_a_mutex_released_without_consistent_is_unusable_until_made_anew(mutex, segment):
    kill_the_owner(mutex)
    with pytest.raises(ipc.OwnerDied):
        mutex.acquire(PATIENCE_S)
    mutex.release()
    for attempt in (mutex.acquire, mutex.try_acquire, start(mutex.acquire).result):
        with pytest.raises(OSError, match=r"mutex at offset 0.*unusable") as told:
            attempt()
        assert told.value.errno == errno.ENOTRECOVERABLE
    with ipc.Mutex.create(segment) as anew:
        assert anew.held()
    anew.close()


def test_a_thread_that_ends_while_it_holds_the_mutex_has_died_as_its_owner(mutex):
    thread = threading.Thread(target=mutex.acquire)
    thread.start()
    thread.join(PATIENCE_S)
    recover(mutex)


def test_consistent_without_a_death_is_an_error(mutex):
    with mutex, pytest.raises(RuntimeError, match=r"mutex at offset 0.*consistent already"):
        mutex.consistent()


def test_closing_a_held_mutex_is_refused(mutex):
    with mutex:
        with pytest.raises(RuntimeError, match=r"mutex at offset 0.*release it before you close it"):
            mutex.close()
        assert mutex.held()


def test_a_segment_is_not_closed_under_its_mutex(mutex, segment):
    with pytest.raises(BufferError):
        segment.close()
    assert mutex.try_acquire()
    mutex.release()


def test_an_interrupt_ends_the_wait_for_a_mutex(mutex, ready, go):
    def interrupt(number, frame):
        raise KeyboardInterrupt

    worker = start(hold_until, mutex, ready, go)
    ready.acquire(PATIENCE_S)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            mutex.acquire()
    finally:
        signal.signal(signal.SIGALRM, before)
    go.release()
    worker.result(PATIENCE_S)


@pytest.mark.parametrize("verb", ["acquire", "release"])
def test_after_an_interrupt_at_any_line_its_owner_knows_whether_it_has_the_mutex(mutex, verb):
    lines = 0
    while True:
        if verb == "release":
            mutex.acquire()
        if not interrupted_at(lines, getattr(mutex, verb)):
            break
        lines += 1
        if mutex.held():
            mutex.release()
        assert mutex.try_acquire()
        mutex.release()
    assert lines > 5
    if verb == "acquire":
        mutex.release()


def test_a_mutex_says_where_it_is(mutex, segment):
    assert repr(mutex) == f"<mutex at offset 0 of {segment.what}>"


def test_opening_where_no_mutex_was_created_is_an_error(segment):
    with pytest.raises(ValueError, match=r"mutex at offset 64 of .*nothing was created here.*create it before"):
        ipc.Mutex.open(segment, 64)


@pytest.mark.parametrize("offset", [-64, 4, 4096, 4040])
def test_a_place_that_does_not_fit_is_refused(segment, offset):
    with pytest.raises(ValueError, match=r"offset (is )?-?\d+"):
        ipc.Mutex.create(segment, offset)


def test_a_mutex_needs_a_segment():
    with pytest.raises(TypeError, match="give the Segment"):
        ipc.Mutex.create(bytearray(64))
