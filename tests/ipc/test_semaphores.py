import ctypes
import pickle
import signal

import posix_ipc
import pytest
from foreign import in_kernel
from helpers import PATIENCE_S, Elapsed, acquire_and_die

from shmlab import ipc
from shmlab.processes.workers import start, start_group

KIND = {"posix": ipc.PosixSemaphore, "sysv": ipc.SysvSemaphore}
KINDS = pytest.mark.parametrize("kind", ["posix", "sysv"])


@pytest.fixture
def make():
    """Semaphores that go when the test ends."""
    made = []

    def create(kind, value=1, **options):
        made.append(KIND[kind].create(None, value, **options))
        return made[-1]

    yield create
    for semaphore in made:
        semaphore.close()
        semaphore.destroy()


@KINDS
def test_acquire_counts_down_and_release_up(kind, make):
    semaphore = make(kind, 2)
    assert semaphore.acquire() is True
    assert semaphore.value == 1
    with semaphore:
        assert semaphore.value == 0
        assert not semaphore.try_acquire()
    assert semaphore.try_acquire()
    semaphore.release()
    semaphore.release()
    assert semaphore.value == 2


@KINDS
def test_processes_take_turns(kind, make):
    def answer(ping, pong, segment, rounds):
        count = segment.view(ctypes.c_int64)
        for _ in range(rounds):
            ping.acquire(PATIENCE_S)
            count.value += 1
            pong.release()

    ping, pong = make(kind, 0), make(kind, 0)
    with ipc.Segment.create(8, ipc=kind) as segment:
        worker = start(answer, ping, pong, segment, 100)
        for turn in range(1, 101):
            ping.release()
            pong.acquire(PATIENCE_S)
            assert segment.view(ctypes.c_int64).value == turn
        worker.result(PATIENCE_S)


@KINDS
def test_nothing_is_lost_behind_a_semaphore(kind, make):
    def add(lock, segment):
        count = segment.view(ctypes.c_int64)
        for _ in range(1000):
            with lock:
                count.value += 1

    lock = make(kind)
    with ipc.Segment.create(8, ipc=kind) as segment:
        group = start_group([(add, (lock, segment), f"P{rank}", None) for rank in range(2)])
        group.wait(timeout=PATIENCE_S)
        assert segment.view(ctypes.c_int64).value == 2000


@pytest.mark.parametrize("timeout", [0, 0.2])
@KINDS
def test_a_timeout_times_out(kind, make, timeout):
    semaphore = make(kind, 0)
    with Elapsed() as elapsed, pytest.raises(TimeoutError, match=rf"semaphore.*not acquired within {timeout} s"):
        semaphore.acquire(timeout)
    assert timeout <= elapsed.seconds < PATIENCE_S
    assert semaphore.value == 0


@KINDS
def test_a_timeout_of_zero_takes_what_is_there(kind, make):
    assert make(kind).acquire(timeout=0)


@KINDS
def test_a_very_long_timeout_is_no_error(kind, make):
    assert make(kind).acquire(timeout=1e18)


@KINDS
def test_a_signal_does_not_shorten_a_timeout(kind, make):
    caught = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: caught.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with Elapsed() as elapsed, pytest.raises(TimeoutError):
            make(kind, 0).acquire(0.3)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert caught == [signal.SIGALRM]
    assert elapsed.seconds >= 0.3


@KINDS
def test_an_exception_from_a_signal_handler_ends_the_wait(kind, make):
    def interrupt(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            make(kind, 0).acquire(PATIENCE_S)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_system_v_semaphore_with_undo_recovers_from_its_holders_death(make):
    semaphore = make("sysv", 1, undo=True)
    assert start(acquire_and_die, semaphore).join(PATIENCE_S).exit.signal == signal.SIGKILL
    assert semaphore.acquire(PATIENCE_S)


@KINDS
def test_a_semaphore_without_undo_is_stuck_after_its_holders_death(kind, make):
    semaphore = make(kind)
    assert start(acquire_and_die, semaphore).join(PATIENCE_S).exit.signal == signal.SIGKILL
    with pytest.raises(TimeoutError):
        semaphore.acquire(0.2)


def test_undo_travels_with_the_semaphore(make):
    semaphore = make("sysv", undo=True)
    assert pickle.loads(pickle.dumps(semaphore)).undo
    assert not ipc.SysvSemaphore.open(semaphore.key).undo


def test_undo_takes_nothing_back_from_a_process_that_released(make):
    def use(lock):
        with lock:
            pass

    semaphore = make("sysv", undo=True)
    start(use, semaphore).result(PATIENCE_S)
    assert semaphore.value == 1


def test_an_unlinked_posix_semaphore_still_works_where_it_is_open():
    semaphore = ipc.PosixSemaphore.create(None)
    other = ipc.PosixSemaphore.open(semaphore.name)
    semaphore.unlink()
    assert semaphore.acquire(0)
    assert not other.try_acquire()
    semaphore.close()
    other.close()


def test_a_removed_system_v_semaphore_wakes_its_waiter_with_an_error(make):
    def wait(semaphore, ready):
        ready.release()
        semaphore.acquire(PATIENCE_S)

    semaphore, ready = ipc.SysvSemaphore.create(None, 0), make("sysv", 0)
    waiter = start(wait, semaphore, ready)
    ready.acquire(PATIENCE_S)
    semaphore.remove()
    with pytest.raises(OSError, match=r"System V semaphore with key 0x.*removed"):
        waiter.result(PATIENCE_S)


@KINDS
def test_a_count_at_its_maximum_goes_no_further(kind, make):
    most = {"posix": 2**31 - 1, "sysv": 32767}[kind]
    semaphore = make(kind, most)
    assert semaphore.value == most
    with pytest.raises((OSError, ValueError), match=r"semaphore ('/shmlab-|with key 0x)"):
        semaphore.release()
    assert semaphore.value == most


@KINDS
def test_the_repr_shows_the_count(kind):
    semaphore = KIND[kind].create(None, 3)
    assert "semaphore" in repr(semaphore)
    assert "value 3" in repr(semaphore)
    semaphore.close()
    semaphore.destroy()
    assert "closed" in repr(semaphore)


def test_the_temporary_name_behind_a_named_semaphore_goes_at_once():
    before = in_kernel()
    semaphore = ipc.PosixSemaphore.create("/test-named", 1)
    assert in_kernel() - before == {"sem.test-named"}
    semaphore.unlink()
    semaphore.close()


def test_the_c_library_can_open_what_we_made():
    semaphore = ipc.PosixSemaphore.create("/test-plain", 2)
    plain = posix_ipc.Semaphore("/test-plain")
    plain.acquire()
    assert semaphore.value == 1
    plain.close()
    semaphore.unlink()
    semaphore.close()
