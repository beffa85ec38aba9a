"""A process is killed before each of its steps: what the others make of it, in reality and on the model."""

import pytest
from foreign import in_kernel, planted
from replayed import held_by_a_dead_one, lost_updates, stuck_behind_a_dead_one, undone

from shmlab import Mutex, Program, Semaphore
from shmlab.explorer import ops

either = pytest.mark.parametrize("kind", ["posix", "sysv"])


def rows(kills):
    return [(kill.before.kind, kill.outcome.ok) for kill in kills]


@either
def test_a_lock_that_is_taken_along(kind):
    kills = stuck_behind_a_dead_one().kill_at_each_step(ipc=kind)
    assert rows(kills) == [("acquire", True), ("load", False), ("store", False), ("release", False)]
    assert (kills.failed, bool(kills), len(kills)) == (3, False, 4)
    assert [kill.outcome.values for kill in kills] == [{"n": 1}, {"n": 0}, {"n": 0}, {"n": 1}]
    assert all("waits to acquire lock" in kill.outcome.why for kill in kills[1:])


@either
@pytest.mark.parametrize("rank", [0, 1, 2])
def test_the_end_is_the_one_of_the_model(kind, rank):
    kills = held_by_a_dead_one().kill_at_each_step(rank, ipc=kind)
    assert [kill.outcome.values for kill in kills] == [kill.witness.final for kill in kills]
    assert all((rank, "crash") in kill.witness.schedule for kill in kills)
    assert all(
        kill.outcome.exits[rank].words == "was ended by kill -9, as the schedule says" and kill.outcome.ipc == kind
        for kill in kills
    )


@either
def test_one_that_raises_with_the_mutex_leaves_it_to_the_next(kind):
    def add(shm, lock):
        with lock:
            shm.n += 1

    program = Program(add, processes=3, shared={"n": 0}, sync={"lock": Mutex()})
    kills = program.kill_at_each_step(ipc=kind)
    raised = [[end.words.partition(":")[0] for end in kill.outcome.exits[1:]] for kill in kills]
    assert raised[0] == ["finished"] * 2
    assert raised[1:] == [["raised OwnerDied"] * 2] * 3


def test_undo_gives_the_unit_back_and_not_the_data():
    kills = undone().kill_at_each_step(ipc="sysv")
    assert [kill.outcome.values["n"] == kill.outcome.values["m"] for kill in kills] == [True] * 3 + [False] * 2 + [True]
    assert [kill.outcome.ok for kill in kills] == [True] * 3 + [False] * 2 + [True]
    with pytest.raises(NotImplementedError, match="POSIX semaphores have no undo"):
        undone().kill_at_each_step()


def test_one_that_waits_is_helped_by_the_others_first():
    def tell(shm, ready):
        shm.message = 7
        ready.release()

    def hear(shm, ready):
        ready.acquire()
        shm.heard = shm.message

    program = Program([hear, tell], shared={"message": 0, "heard": 0}, sync={"ready": Semaphore(0)})
    kills = program.kill_at_each_step()
    assert [kill.before.words for kill in kills] == ["acquire ready", "load message → 7", "store heard ← 7"]
    assert kills  # nobody needs a hearer
    told = program.kill_at_each_step(1)
    assert [kill.outcome.ok for kill in told] == [False, False]


def test_the_table_names_each_step_and_what_came_of_it():
    text = str(stuck_behind_a_dead_one().kill_at_each_step())
    assert "P0 killed with kill -9 before each of its 4 steps, then the others went on; 3 of 4 failed" in text
    assert "killed before" in text and "load n → 0" in text and "nobody can go on" in text


def test_a_lonely_process_is_killed_too():
    program = Program(lambda shm: setattr(shm, "n", 1), processes=1, shared={"n": 0})
    (kill,) = program.kill_at_each_step()
    assert (kill.outcome.values, kill.before.kind) == ({"n": 0}, "store")
    assert kill.before.kind in ops.STORES


def test_what_cannot_be_is_refused():
    with pytest.raises(IndexError):
        lost_updates().kill_at_each_step(2)
    with pytest.raises(ValueError, match="ipc is"):
        lost_updates().kill_at_each_step(ipc="both")


def test_a_process_that_looks_for_ever_for_a_dead_one():
    def tell(shm):
        shm.ready = 1

    def look(shm):
        while not shm.ready:
            pass

    program = Program([tell, look], shared={"ready": 0})
    with pytest.raises(RuntimeError, match="no end after 400 steps: somebody waits in a loop"):
        program.kill_at_each_step()


@either
def test_nothing_of_others_is_touched(kind):
    with planted() as foreign:
        stuck_behind_a_dead_one().kill_at_each_step(ipc=kind)
        assert in_kernel() == foreign
