import re

import pytest
from replayed import lost_updates

from shmlab import Program, Semaphore
from shmlab.runs.luck import NOT_EQUALLY_LIKELY


def cells(luck):
    table = luck.table()
    return {what: cells for what, *cells in table.rows}


def test_luck_puts_real_runs_beside_interleavings():
    program = lost_updates(3)
    luck = program.luck(20, progress=False)
    assert cells(luck)["interleavings"] == ["904 of 924 fail", "97.8 %"]
    assert (len(luck.outcomes), luck.share) == (20, luck.outcomes.failed / 20)
    assert cells(luck)["real runs"] == [f"{luck.outcomes.failed} of 20 failed", f"{luck.outcomes.failed * 5:.1f} %"]


def test_it_says_that_schedules_are_not_equally_likely():
    table = lost_updates(1).luck(1, progress=False).table()
    assert table.caption == "increment × 2: luck"
    assert table.note == NOT_EQUALLY_LIKELY
    assert "schedules are not equally likely" in table.note


@pytest.mark.parametrize("ipc", ["posix", "sysv"])
@pytest.mark.parametrize(("expected", "share"), [(2, 0), (3, 1)])
def test_what_always_fails_and_what_never_does(expected, share, ipc):
    def increment(shm, lock):
        with lock:
            shm.counter += 1

    program = Program(
        increment,
        processes=2,
        shared={"counter": 0},
        sync={"lock": Semaphore(1)},
        invariant=lambda shm: shm.counter == expected,
    )
    luck = program.luck(3, ipc=ipc, progress=False)
    assert (luck.share, luck.count.share) == (share, share)
    assert {outcome.ipc for outcome in luck.outcomes} == {ipc}
    assert cells(luck)["real runs"] == [f"{3 * share} of 3 failed", f"{share * 100:.1f} %"]
    # As long as one holds the lock, the other cannot go on: only their order is open.
    assert cells(luck)["interleavings"] == [f"{2 * share} of 2 fail", f"{share * 100:.1f} %"]


def test_endless_interleavings_have_no_share():
    def wait(shm):
        while not shm.ready:
            pass

    def tell(shm):
        shm.ready = 1

    luck = Program([wait, tell], shared={"ready": 0}).luck(2, progress=False)
    assert cells(luck)["interleavings"] == ["endlessly many, as a loop may go round for ever", ""]
    assert luck.share == 0


def test_it_prints_as_a_table():
    printed = repr(lost_updates(1).luck(2, progress=False))
    assert re.search(r"^interleavings +4 of 6 fail +66\.7 %$", printed, re.MULTILINE)


@pytest.mark.parametrize("times", [0, True, 2.5])
def test_times_is_a_whole_number_from_1_up(times):
    with pytest.raises(ValueError, match="times is"):
        lost_updates(1).luck(times, progress=False)
