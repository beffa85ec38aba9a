import ctypes
import errno
import signal
import threading

import pytest
from helpers import PATIENCE_S, Elapsed, acquire_and_die, die, hold_until

from shmlab import ipc
from shmlab.workers import start

# Where things stand in the segment of these tests.
MUTEX, CONDITION, BARRIER, COUNTS = 0, 64, 128, 512


@pytest.fixture(params=["posix", "sysv"])
def segment(request):
    with ipc.Segment.create(4096, ipc=request.param) as segment:
        yield segment


@pytest.fixture
def mutex(segment):
    mutex = ipc.Mutex.create(segment, MUTEX)
    yield mutex
    mutex.close()


@pytest.fixture
def condition(mutex, segment):
    condition = ipc.Condition.create(mutex, segment, CONDITION)
    yield condition
    condition.close()


@pytest.fixture
def make_barrier(segment):
    made = []

    def create(parties):
        made.append(ipc.Barrier.create(parties, segment, BARRIER))
        return made[-1]

    yield create
    for barrier in made:
        barrier.close()


@pytest.fixture
def ready():
    semaphore = ipc.Semaphore.create(0)
    yield semaphore
    semaphore.unlink()
    semaphore.close()


@pytest.fixture
def go():
    semaphore = ipc.Semaphore.create(0)
    yield semaphore
    semaphore.unlink()
    semaphore.close()


def add(lock, segment, times):
    count = segment.view(ctypes.c_int64, COUNTS)
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


# Mutex


def test_nothing_is_lost_behind_a_mutex(mutex, segment):
    for worker in [start(add, mutex, segment, 1000) for _ in range(2)]:
        worker.result(PATIENCE_S)
    assert segment.view(ctypes.c_int64, COUNTS).value == 2000


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
            with pytest.raises(RuntimeError, match=r"mutex at offset 0.*held by this thread already"):
                attempt()
        assert mutex.held()


def test_releasing_what_another_process_holds_is_an_error(mutex, ready, go):
    worker = start(hold_until, mutex, ready, go)
    ready.acquire(PATIENCE_S)
    with pytest.raises(RuntimeError, match=r"mutex at offset 0.*not held by this thread"):
        mutex.release()
    go.release()
    worker.result(PATIENCE_S)


def test_releasing_a_free_mutex_is_an_error(mutex):
    with pytest.raises(RuntimeError, match="not held by this thread"):
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
    assert "not held by this thread" in errors[0][1]


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
        with pytest.raises(OSError, match=r"mutex at offset 0.*unusable.*create it anew") as told:
            attempt()
        assert told.value.errno == errno.ENOTRECOVERABLE
    with ipc.Mutex.create(segment, MUTEX) as anew:
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


# Condition


def wait_for_news(mutex, condition, ready, timeout=PATIENCE_S):
    """Wait until notified; `ready` is told with the mutex held, so who takes it next finds us waiting."""
    with mutex:
        ready.release()
        return condition.wait(timeout)


def wait_for_flag(mutex, condition, ready, segment):
    flag = segment.view(ctypes.c_int64, COUNTS)
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
            segment.view(ctypes.c_int64, COUNTS).value += 1
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


# Barrier


def test_a_barrier_of_one_lets_it_through(make_barrier):
    barrier = make_barrier(1)
    assert [barrier.wait(0) for _ in range(3)] == [0, 0, 0]


def test_nobody_passes_before_all_have_come_round_after_round(make_barrier, segment):
    def go_round(barrier, segment, rank):
        seen = segment.view(ctypes.c_int64 * 3, COUNTS)
        turns = []
        for turn in range(1, 31):
            seen[rank] = turn
            turns.append(barrier.wait(PATIENCE_S))
            assert min(seen) == turn
            barrier.wait(PATIENCE_S)
        return turns

    barrier = make_barrier(3)
    workers = [start(go_round, barrier, segment, rank) for rank in range(3)]
    turns = [worker.result(PATIENCE_S) for worker in workers]
    assert all(sorted(turn) == [0, 1, 2] for turn in zip(*turns, strict=True))


@pytest.mark.parametrize("timeout", [0, 0.2])
def test_a_lone_arrival_times_out_and_is_taken_back(make_barrier, timeout):
    barrier = make_barrier(2)
    for _ in range(2):  # an arrival that stayed would let the second one through
        with Elapsed() as elapsed, pytest.raises(TimeoutError, match=r"barrier at offset 128.*not full within"):
            barrier.wait(timeout)
        assert timeout <= elapsed.seconds < PATIENCE_S


def arrive(barrier, ready):
    """Wait at the barrier, and tell `ready` when the arrival counts."""
    wait = barrier._changed.wait

    def tell_and_wait(timeout):
        barrier._changed.wait = wait
        ready.release()
        return wait(timeout)

    barrier._changed.wait = tell_and_wait
    return barrier.wait(PATIENCE_S)


def test_the_others_still_pass_after_one_has_timed_out(make_barrier, ready):
    barrier = make_barrier(3)
    first = start(arrive, barrier, ready)
    ready.acquire(PATIENCE_S)
    with pytest.raises(TimeoutError):
        barrier.wait(0.1)
    second = start(barrier.wait, PATIENCE_S)
    turns = [barrier.wait(PATIENCE_S), first.result(PATIENCE_S), second.result(PATIENCE_S)]
    assert sorted(turns) == [0, 1, 2]


def test_a_process_killed_at_the_barrier_has_arrived_and_harms_no_later_round(make_barrier, ready):
    barrier = make_barrier(2)
    victim = start(arrive, barrier, ready)
    ready.acquire(PATIENCE_S)
    victim.kill()
    assert barrier.wait(PATIENCE_S) == 1
    with pytest.raises(TimeoutError):
        barrier.wait(0)
    other = start(barrier.wait, PATIENCE_S)
    assert {barrier.wait(PATIENCE_S), other.result(PATIENCE_S)} == {0, 1}


def test_the_death_of_the_last_arrival_does_not_keep_the_others(make_barrier, ready):
    def arrive_last_and_die(barrier):
        barrier._changed.notify_all = die  # after its arrival counts, before it tells anybody
        barrier.wait(PATIENCE_S)

    barrier = make_barrier(2)
    first = start(arrive, barrier, ready)
    ready.acquire(PATIENCE_S)
    assert start(arrive_last_and_die, barrier).join(PATIENCE_S).exit.signal == signal.SIGKILL
    assert first.result(PATIENCE_S) == 0
    with pytest.raises(TimeoutError):
        barrier.wait(0)


def test_an_interrupt_at_the_barrier_takes_the_arrival_back(make_barrier):
    def interrupt(number, frame):
        raise KeyboardInterrupt

    barrier = make_barrier(2)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            barrier.wait()
    finally:
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(TimeoutError):
        barrier.wait(0)


# All three


def test_each_says_where_it_is(mutex, condition, make_barrier, segment):
    for one, words in (
        (mutex, "mutex at offset 0"),
        (condition, "condition at offset 64"),
        (make_barrier(2), "barrier"),
    ):
        assert words in repr(one)
        assert segment.what in repr(one)


def test_opening_where_nothing_was_created_is_an_error(segment):
    mutex = ipc.Mutex.create(segment, MUTEX)
    openings = (
        lambda: ipc.Mutex.open(segment, CONDITION),
        lambda: ipc.Condition.open(mutex, segment, MUTEX),
        lambda: ipc.Barrier.open(segment, MUTEX),
    )
    for opening in openings:
        with pytest.raises(ValueError, match=r"at offset \d+ of .*nothing was created here.*create it before"):
            opening()
    mutex.close()


@pytest.mark.parametrize("offset", [-64, 4, 4096, 4040])
def test_a_place_that_does_not_fit_is_refused(segment, mutex, offset):
    for create in (
        lambda: ipc.Mutex.create(segment, offset),
        lambda: ipc.Condition.create(mutex, segment, offset),
        lambda: ipc.Barrier.create(2, segment, offset),
    ):
        with pytest.raises(ValueError, match=r"offset (is )?-?\d+"):
            create()


@pytest.mark.parametrize(("parties", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError)])
def test_a_barrier_for_nobody_is_refused(segment, parties, error):
    with pytest.raises(error, match=f"parties is {parties}"):
        ipc.Barrier.create(parties, segment, BARRIER)


def test_a_mutex_needs_a_segment():
    with pytest.raises(TypeError, match="give the Segment"):
        ipc.Mutex.create(bytearray(64))
