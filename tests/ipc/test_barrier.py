import ctypes
import signal

import pytest
from helpers import PATIENCE_S, Elapsed, die, gate

from shmlab import ipc
from shmlab.processes.workers import start


@pytest.fixture(params=["posix", "sysv"])
def segment(request):
    with ipc.Segment.create(4096, ipc=request.param) as segment:
        yield segment


@pytest.fixture
def make_barrier(segment):
    made = []

    def create(parties):
        made.append(ipc.Barrier.create(parties, segment, 64))
        return made[-1]

    yield create
    for barrier in made:
        barrier.close()


@pytest.fixture
def ready():
    with gate() as ready:
        yield ready


def test_a_barrier_of_one_lets_it_through(make_barrier):
    barrier = make_barrier(1)
    assert [barrier.wait(0) for _ in range(3)] == [0, 0, 0]


def test_nobody_passes_before_all_have_come_round_after_round(make_barrier, segment):
    def go_round(barrier, segment, rank):
        seen = segment.view(ctypes.c_int64 * 3, 512)
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
        with Elapsed() as elapsed, pytest.raises(TimeoutError, match=r"barrier at offset 64.*not full within"):
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


def test_a_barrier_says_where_it_is(make_barrier, segment):
    assert repr(make_barrier(2)) == f"<barrier at offset 64 of {segment.what}>"


def test_opening_where_no_barrier_was_created_is_an_error(segment):
    with pytest.raises(ValueError, match=r"at offset 0 of .*nothing was created here"):
        ipc.Barrier.open(segment)


@pytest.mark.parametrize("offset", [-64, 4, 4096, 3912])
def test_a_place_that_does_not_fit_is_refused(segment, offset):
    with pytest.raises(ValueError, match=r"offset (is )?-?\d+"):
        ipc.Barrier.create(2, segment, offset)


@pytest.mark.parametrize(("parties", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError)])
def test_a_barrier_for_nobody_is_refused(segment, parties, error):
    with pytest.raises(error, match=f"parties is {parties}"):
        ipc.Barrier.create(parties, segment)
