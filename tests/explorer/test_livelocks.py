"""Livelocks are found where the cycle is fair, and nowhere else."""

from cells import cell

from shmlab import Program, Semaphore

PHILOSOPHER = """
def eat(shm, rank, fork):
    mine, other = fork[rank], fork[1 - rank]
    while True:
        mine.acquire()
        if other.try_acquire():
            break
        mine.release()
    shm.meals[rank] = 1
    other.release()
    mine.release()
"""
SPIN = """
def give(shm):
    shm.data = 7
    shm.ready = 1

def take(shm):
    while not shm.ready:
        pass
    shm.seen = shm.data
"""


def test_philosophers_who_try_and_back_off_may_starve_together():
    eat = cell(PHILOSOPHER)["eat"]
    shared, sync = {"meals": [0, 0]}, {"fork": [Semaphore(1), Semaphore(1)]}
    verdict = Program(eat, processes=2, shared=shared, sync=sync).check(progress=False)
    assert (verdict.ok, verdict.complete, verdict.failure.kind) == (False, True, "livelock")
    assert "strong fairness" in verdict.failure.sentence
    witness = verdict.witness
    assert 0 <= witness.loop < len(witness.steps)
    loop = witness.steps[witness.loop :]
    assert {step.rank for step in loop} == {0, 1}
    assert {step.kind for step in loop} == {"acquire", "try_acquire", "release"}
    assert witness.final["meals"] == [0, 0]


def test_a_spin_that_only_an_unfair_schedule_keeps_going_is_no_livelock():
    space = cell(SPIN)
    program = Program(
        [space["give"], space["take"]],
        shared={"data": 0, "ready": 0, "seen": 0},
        invariant=lambda shm: shm.seen == 7,
    )
    verdict = program.check(progress=False)
    assert (verdict.ok, verdict.complete, verdict.failure, verdict.interleavings) == (True, True, None, None)
    assert program.count(progress=False).total is None


def test_a_spin_for_what_nobody_does_is_a_livelock():
    verdict = Program(cell(SPIN)["take"], processes=1, shared={"data": 0, "ready": 0, "seen": 0}).check(progress=False)
    assert (verdict.ok, verdict.failure.kind) == (False, "livelock")
