"""The graph of all states, on programs small enough to be drawn by hand."""

import pytest
from cells import cell

from shmlab import Condition, Mutex, Program, Semaphore, pause
from shmlab.explorer.states import DEAD, FINAL


def two_locks(shm, rank, locks):
    with locks[rank], locks[1 - rank]:
        shm.done[rank] = 1


def dinner():
    sync = {"locks": [Mutex(), Mutex()]}
    return Program(two_locks, processes=2, shared={"done": [0, 0]}, sync=sync)


def test_two_stores_make_a_square():
    """By hand: nobody, one, the other, both; each with its own steps."""

    def store(shm, rank):
        shm.done[rank] = 1

    states = Program(store, processes=2, shared={"done": [0, 0]}).states(progress=False)
    assert [state.memory["done"] for state in states] == [[0, 0], [1, 0], [0, 1], [1, 1]]
    assert [(link.before, link.after, link.rank) for link in states.links] == [
        (0, 1, 0),
        (0, 2, 1),
        (1, 3, 1),
        (2, 3, 0),
    ]
    assert states.links[0].words == "P0: store done[0]"
    assert [state.kind for state in states] == ["", "", "", FINAL]
    assert [state.depth for state in states] == [0, 1, 1, 2]
    assert states.witness == ()
    assert states[3].stands == ("finished", "finished")
    assert str(states).startswith("store × 2: 4 states, 4 steps between them; 0 deadlock, 1 final")


def test_a_deadlock_is_dead_and_on_the_way_of_the_witness():
    states = dinner().states(progress=False)
    (dead,) = states.dead
    assert (dead.kind, dead.depth) == (DEAD, 2)
    assert states.witness == (0, 1, dead.number)
    assert dead.objects == (("locks[0]", "held by P0"), ("locks[1]", "held by P1"))
    assert all(end.startswith("waits to acquire locks") for end in dead.stands)
    assert len(states.final) == 1
    assert f"{dead.number}      2      deadlock" in str(states)
    assert "P0       waits to acquire locks[1]" in str(dead)


def test_as_many_states_as_the_check_counts():
    def count(shm, lock):
        for _ in range(2):
            with lock:
                shm.n += 1

    program = Program(count, processes=3, shared={"n": 0}, sync={"lock": Semaphore(1)})
    assert len(program.states(progress=False)) == program.check(progress=False).states


def test_a_state_from_which_every_way_fails_is_doomed():
    """By hand: once x is 1 nothing can mend it, and P1's step makes no difference."""

    def spoil(shm):
        shm.x = 1

    def other(shm):
        shm.y = 1

    states = Program([spoil, other], shared={"x": 0, "y": 0}, invariant=lambda shm: shm.x == 0).states(progress=False)
    assert [state.kind for state in states] == ["", "", "", "invariant"]
    assert [state.doomed for state in states] == [True, True, True, False]
    assert "fails whatever comes next" in str(states)
    assert [state.failed for state in states] == [False, False, False, True]


def test_beyond_a_failure_nothing_is_followed():
    def store(shm):
        shm.x += 1

    states = Program(store, processes=2, shared={"x": 0}, always=lambda shm: shm.x == 0).states(progress=False)
    broken = {state.number for state in states if state.kind == "always"}
    assert broken
    assert not any(link.before in broken for link in states.links)


def test_a_loop_leads_back():
    def turns(shm, rank):
        while shm.turn != rank:
            pause()
        shm.turn = 1 - rank

    states = Program(turns, processes=2, shared={"turn": 0}).states(progress=False)
    assert any(states[link.after].depth <= states[link.before].depth for link in states.links)
    assert len(states.final) == 1


def test_what_waits_in_a_store_buffer_is_part_of_a_state():
    def store(shm, rank):
        shm.done[rank] = 1

    program = Program(store, processes=1, shared={"done": [0]})
    late = program.states(memory="tso", progress=False)
    assert [state.stands for state in late] == [
        (f"is before its store in line {store.__code__.co_firstlineno + 1}",),
        ("finished; in its buffer: done[0] ← 1",),
        ("finished",),
    ]
    assert late.links[1].words == "P0: a store reaches memory"


def test_who_waits_at_a_condition_is_told():
    def wait(mutex, changed):
        with mutex:
            changed.wait()

    states = Program(wait, processes=1, shared={}, sync={"mutex": Mutex(), "changed": Condition("mutex")}).states(
        spurious=False, progress=False
    )
    assert states.dead[0].objects == (("mutex", "free"), ("changed", "P0 waiting"))


def test_all_states_are_listed_and_the_others_counted():
    states = dinner().states(progress=False)
    assert len(states.listed().rows) == len(states)
    assert states.table().note == f"{len(states) - len(states.table().rows)} more: listed() has all"


def test_too_many_are_refused():
    with pytest.raises(MemoryError, match=r"two_locks × 2 has more than 5 states: .*fewer processes.*max_states"):
        dinner().states(max_states=5, progress=False)


def test_what_is_different_each_time_is_refused():
    draw = cell("import random\ndef draw(shm):\n    shm.n = random.randrange(10 ** 9)")["draw"]
    with pytest.raises(ValueError, match=r"the states of draw × 2 cannot be told.*random numbers"):
        Program(draw, processes=2, shared={"n": 0}).states(progress=False)
