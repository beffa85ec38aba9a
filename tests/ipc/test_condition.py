import contextlib
import ctypes
import signal

import pytest
from helpers import PATIENCE_S, Elapsed, die, gate, hold_until

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
def condition(mutex, segment):
    condition = ipc.Condition.create(mutex, segment, 64)
    yield condition
    condition.close()


@pytest.fixture
def ready():
    with gate() as ready:
        yield ready


@pytest.fixture
def go():
    with gate() as go:
        yield go


def wait_for_news(mutex, condition, ready, timeout=PATIENCE_S):
    """Wait until notified; `ready` is told with the mutex held, so who takes it next finds us waiting."""
    with mutex:
        ready.release()
        return condition.wait(timeout)


def wait_for_flag(mutex, condition, ready, segment):
    flag = segment.view(ctypes.c_int64, 128)
    with mutex:
        ready.release()
        while not flag.value:
            condition.wait(PATIENCE_S)
        flag.value -= 1
        return True


def now_waiting(mutex, ready, waiters=1):
    """Return when so many processes are inside of wait()."""
    for _ in range(waiters):
        ready.acquire(PATIENCE_S)
    with mutex:
        pass


def test_notify_wakes_a_waiter(mutex, condition, ready):
    waiter = start(wait_for_news, mutex, condition, ready)
    now_waiting(mutex, ready)
    with mutex:
        condition.notify()
    assert waiter.result(PATIENCE_S) is True


def test_each_notify_lets_one_waiter_through(mutex, condition, ready, segment):
    waiters = [start(wait_for_flag, mutex, condition, ready, segment) for _ in range(2)]
    now_waiting(mutex, ready, 2)
    for _ in waiters:
        with condition:
            segment.view(ctypes.c_int64, 128).value += 1
            condition.notify()
    assert [waiter.result(PATIENCE_S) for waiter in waiters] == [True, True]


def test_notify_all_wakes_every_waiter(mutex, condition, ready):
    waiters = [start(wait_for_news, mutex, condition, ready) for _ in range(3)]
    now_waiting(mutex, ready, 3)
    with mutex:
        condition.notify_all()
    assert [waiter.result(PATIENCE_S) for waiter in waiters] == [True] * 3


def test_the_mutex_is_free_while_a_process_waits_and_held_after(mutex, condition, ready):
    def wait(mutex, condition, ready):
        mutex.acquire(PATIENCE_S)
        ready.release()
        condition.wait(PATIENCE_S)
        held = mutex.held()
        mutex.release()
        return held

    waiter = start(wait, mutex, condition, ready)
    now_waiting(mutex, ready)
    with mutex:
        condition.notify()
    assert waiter.result(PATIENCE_S) is True


@pytest.mark.parametrize("timeout", [0, 0.2])
def test_a_wait_times_out_with_the_mutex_held_again(mutex, condition, timeout):
    with mutex:
        with Elapsed() as elapsed, pytest.raises(TimeoutError, match=r"condition at offset 64.*not notified within"):
            condition.wait(timeout)
        assert timeout <= elapsed.seconds < PATIENCE_S
        assert mutex.held()


def test_a_notification_that_nobody_waits_for_is_lost(mutex, condition):
    with mutex:
        condition.notify()
        condition.notify_all()
        with pytest.raises(TimeoutError):
            condition.wait(0.1)


@pytest.mark.parametrize("verb", ["wait", "notify", "notify_all"])
def test_a_condition_needs_its_mutex_held(condition, verb):
    with pytest.raises(RuntimeError, match=r"condition at offset 64.*hold its mutex"):
        getattr(condition, verb)()


@pytest.mark.parametrize("verb", ["notify", "notify_all"])
def test_a_process_killed_in_its_wait_harms_nobody(mutex, condition, ready, verb):
    victims = [start(wait_for_news, mutex, condition, ready) for _ in range(2)]
    now_waiting(mutex, ready, 2)
    for victim in victims:
        victim.kill()
    with mutex:
        getattr(condition, verb)()
        with pytest.raises(TimeoutError):
            condition.wait(0.1)
    waiter = start(wait_for_news, mutex, condition, ready)
    now_waiting(mutex, ready)
    with mutex:
        getattr(condition, verb)()
    assert waiter.result(PATIENCE_S) is True


def test_a_waiter_killed_beside_a_living_one_takes_no_notification_from_it(mutex, condition, ready):
    victim = start(wait_for_news, mutex, condition, ready)
    now_waiting(mutex, ready)
    waiter = start(wait_for_news, mutex, condition, ready)
    now_waiting(mutex, ready)
    with mutex:
        condition.notify()  # FIFO: the victim's
        victim.kill()
    assert waiter.result(PATIENCE_S) is True


def test_the_mutex_comes_back_from_a_dead_owner_as_owner_died(mutex, condition, ready):
    def wait(mutex, condition, ready):
        mutex.acquire(PATIENCE_S)
        ready.release()
        try:
            condition.wait(PATIENCE_S)
        except ipc.OwnerDied:
            held = mutex.held()
            mutex.consistent()
            mutex.release()
            return held

    def notify_and_die(mutex, condition):
        mutex.acquire(PATIENCE_S)
        condition.notify()
        die()

    waiter = start(wait, mutex, condition, ready)
    now_waiting(mutex, ready)
    assert start(notify_and_die, mutex, condition).join(PATIENCE_S).exit.signal == signal.SIGKILL
    assert waiter.result(PATIENCE_S) is True
    with mutex:
        pass


def test_a_wait_that_times_out_while_the_owner_dies_says_that_the_owner_died(mutex, condition, ready, go):
    def wait(mutex, condition, ready):
        mutex.acquire(PATIENCE_S)
        ready.release()
        try:
            while True:  # again, where the next owner did not come in time
                with contextlib.suppress(TimeoutError):
                    condition.wait(0.2)
        except ipc.OwnerDied:
            mutex.consistent()
            mutex.release()
            return "owner died"

    waiter = start(wait, mutex, condition, ready)
    ready.acquire(PATIENCE_S)
    owner = start(hold_until, mutex, ready, go)
    ready.acquire(PATIENCE_S)
    with pytest.raises(TimeoutError):
        waiter.join(0.3)  # it needs the mutex to come back, which the owner has
    owner.kill()
    assert waiter.result(PATIENCE_S) == "owner died"


def test_a_condition_says_where_it_is(condition, segment):
    assert repr(condition) == f"<condition at offset 64 of {segment.what}>"


def test_opening_where_no_condition_was_created_is_an_error(segment, mutex):
    for offset in (0, 128):  # the mutex's own place, and nobody's
        with pytest.raises(ValueError, match=rf"condition at offset {offset} of .*nothing was created here"):
            ipc.Condition.open(mutex, segment, offset)


@pytest.mark.parametrize("offset", [-64, 4, 4096, 4040])
def test_a_place_that_does_not_fit_is_refused(segment, mutex, offset):
    with pytest.raises(ValueError, match=r"offset (is )?-?\d+"):
        ipc.Condition.create(mutex, segment, offset)
