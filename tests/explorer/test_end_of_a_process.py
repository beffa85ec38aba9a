"""The end of a process that holds something is a step of its own, and comes after its stores."""

import pytest
from cells import cell

from shmlab import Mutex, Program, Semaphore
from shmlab.explorer.by_hand import Game
from shmlab.explorer.question import Terms

TEXT = """
from shmlab.primitives import OwnerDied
def ends_with_it(shm, one):
    one.acquire()
    shm.done = 1
def looks(shm, one):
    if shm.done:
        try:
            shm.found = one.try_acquire() + 1
        except OwnerDied:
            shm.found = 3
def repairs(shm, one):
    try:
        one.acquire()
    except OwnerDied:
        shm.found = shm.done
        one.consistent()
    assert shm.found == shm.done
    shm.done += 1
    shm.found += 1
    one.release()
"""
SHARED = {"done": 0, "found": 0}
ALIVE, TAKEN, DIED = 1, 2, 3


def program(names, declared, **wanted):
    space = cell(TEXT)
    return Program([space[name] for name in names], shared=SHARED, sync={"one": declared}, **wanted)


@pytest.mark.parametrize(("declared", "then"), [(Mutex(), DIED), (Semaphore(1, undo=True), TAKEN)])
def test_until_then_others_find_the_process_alive(declared, then):
    count = program(["ends_with_it", "looks"], declared).count(progress=False)
    endings = {words.rpartition("found = ")[2] for words in count.finals}
    assert endings == {"0", str(ALIVE), str(then)}


@pytest.mark.parametrize("declared", [Mutex(), Semaphore(1, undo=True)])
def test_it_is_told_as_a_step(declared):
    verdict = program(["ends_with_it", "looks"], declared, invariant=lambda shm: shm.found < 2).check(progress=False)
    step = next(step for step in verdict.witness.steps if step.kind == "end")
    assert step.words in ("ends: one has lost its owner", "ends: 1 of one given back")
    assert (step.rank, step.line, verdict.witness.ends[0]) == (0, None, "finished")


def test_a_process_that_holds_nothing_ends_with_its_last_operation():
    count = program(["repairs", "repairs"], Mutex()).count(progress=False)
    assert count.total == 2


@pytest.mark.parametrize("memory", ["sc", "tso", "pso"])
def test_the_kernel_gives_back_what_a_dead_process_had_after_its_stores(memory):
    verdict = program(["repairs", "repairs"], Mutex()).check(memory=memory, crashes=1, progress=False)
    assert verdict.ok is True


def test_it_can_be_chosen_by_hand():
    game = Game(program(["ends_with_it", "looks"], Mutex()).question(), Terms())
    for _ in range(2):
        game.make((0, "go"))
    assert game.turns()[0].does == "end"
    game.make((0, "go"))
    assert (game.turns()[0].does, game.turns()[0].last) == ("", "ends: one has lost its owner")
