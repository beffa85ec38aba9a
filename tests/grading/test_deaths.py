"""A death at each step of a solution ends, on real processes, as the model says: memory, semaphores, segments."""

import itertools

import pytest
from graded import names_of

from shmlab import Program, Semaphore
from shmlab.explorer.explain.telling import tell
from shmlab.explorer.model.state import NODE, PROCESSES, SYNC
from shmlab.explorer.question import Terms
from shmlab.grading.scenes import world

STEM = "11_crashes_and_leaks"
either = pytest.mark.parametrize("kind", ["posix", "sysv"])
# What stands on the shelves, the moves, and which of them each mover does.
ONE_EACH = [5, 0, 2, 1], [(0, 1, 3), (1, 2, 2)], [[0], [1]]
BOTH = [5, 0, 2, 1], [(0, 1, 3), (3, 1, 1)], [[0, 1]]


# move: memory and a mutex


def as_the_model_says(kills):
    assert all(kills), kills
    return [kill.outcome.values for kill in kills] == [kill.witness.final for kill in kills]


@either
def test_a_mover_killed_at_each_step(kind):
    kills = names_of(STEM, "move")["warehouse"](*ONE_EACH).kill_at_each_step(ipc=kind)
    assert as_the_model_says(kills)
    assert len(kills) == 15
    stocks = [tuple(kill.outcome.values["stock"]) for kill in kills]
    assert [stock for stock, _ in itertools.groupby(stocks)] == [(5, -2, 4, 1), (2, 1, 4, 1)]


@pytest.mark.stress
@either
@pytest.mark.parametrize("case", [ONE_EACH, BOTH])
def test_each_process_of_a_warehouse_killed_at_each_step(case, kind):
    program = names_of(STEM, "move")["warehouse"](*case)
    for rank in range(program.processes):
        assert as_the_model_says(program.kill_at_each_step(rank, ipc=kind))


@pytest.mark.stress
@either
def test_a_mover_killed_and_then_the_one_who_repairs(kind):
    program = names_of(STEM, "move")["warehouse"](ONE_EACH[0], ONE_EACH[1][:1], [[0]], 2)
    died = 0
    for witness in two_deaths(program):
        outcome = program.replay(witness, ipc=kind)
        assert (outcome.ok, outcome.values) == (True, witness.final)
        died += 1
    assert died > 100


def two_deaths(program):
    """Yield the Witness of each order in which P0 is killed at one step, P1 at one of its own, and P2 comes after."""
    question = program.question()
    behaviour = question.behaviour(marked=False)
    model = Terms(crashes=2).model(question, behaviour)

    def alone(state, rank):
        """The states of process `rank` while it goes on alone."""
        while state is not None and state[PROCESSES][rank][NODE] not in behaviour.ends:
            yield state
            state = dict(model.successors(state)).get((rank, "go"))

    for first, before in enumerate(alone(model.initial, 0)):
        killed = model.move(before, (0, "crash"))
        for second, then in enumerate(alone(killed, 1)):
            third = sum(1 for _ in alone(model.move(then, (1, "crash")), 2))
            go = [[(rank, "go")] * often for rank, often in enumerate((first, second, third))]
            schedule = [*go[0], (0, "crash"), *go[1], (1, "crash"), *go[2]]
            yield tell(model, question.layout, question.names(), schedule, title=question.title)
    behaviour.close()


# print_page: four semaphores, one of them with undo


def page(paper, lock, meter, done):
    paper.acquire()
    lock.acquire()
    meter.release()
    lock.release()
    done.release()


def shop(sheets):
    sync = {"lock": Semaphore(1, undo=True)} | {
        name: Semaphore(units) for name, units in (("paper", sheets), ("meter", 0), ("done", 0))
    }
    return Program(page, processes=1, shared={}, sync=sync)


def counts_on_the_model(program):
    """What the semaphores hold after a death before each step, and after none."""
    question = program.question()
    behaviour = question.behaviour(marked=False)
    model = Terms(crashes=1).model(question, behaviour)
    state, counts = model.initial, []
    while (0, "go") in dict(model.successors(state)):
        counts.append(model.move(state, (0, "crash"))[SYNC])
        state = model.move(state, (0, "go"))
    behaviour.close()
    return [*counts, state[SYNC]]


def without_repeats(values):
    return [value for value, _ in itertools.groupby(values)]


def each_death(scene):
    """What `scene(stage)` returns for a death at each point of the code, and for none."""
    found, more = [], True
    while more:
        stage = world.World(world.sandbox(), len(found))
        try:
            found.append(scene(stage))
            more = stage.more
        finally:
            stage.close()
    return found


def test_a_printer_killed_at_each_point():
    names, program = names_of(STEM, "print_page"), shop(3)

    def scene(stage):
        keys = names["shop"](stage, 1, 3)
        process = stage.start(names["print_page"], *keys)
        if not stage.killed(process):
            process.exit()
        return tuple(names["counts"](stage, keys))

    assert without_repeats(each_death(scene)) == without_repeats(counts_on_the_model(program))
    assert program.kill_at_each_step(ipc="sysv")  # each step of it on real semaphores


# clean_up: segments of both families


def test_a_broom_killed_at_each_point():
    names = names_of(STEM, "clean_up")

    def scene(stage):
        chosen = [stage.name(), stage.key(), stage.name()]
        kinds = ["POSIX", "System V", "POSIX"]
        posix, sysv, beside = stage.call(names["of_the_dead"], kinds, chosen, 100)
        process = stage.start(names["clean_up"], [posix, sysv], posix["where"])
        if not stage.killed(process):
            process.exit()
        found = stage.segment(posix["name"]), stage.segment(id=sysv["identity"]), stage.segment(beside["name"])
        return tuple(one is not None for one in found)

    # The model is short: a record is done or not, one after the other, and what is in no record stays.
    assert without_repeats(each_death(scene)) == [(True, True, True), (False, True, True), (False, False, True)]
