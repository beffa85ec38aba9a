"""Who waits for whom: in the model, and in real processes that are stuck."""

import pathlib

import pytest
from lifeline import PATIENCE_S

from shmlab import Barrier, Condition, Mutex, Program, Semaphore
from shmlab.explorer.explain.who_waits import LockOrder, Order, Wait, WhoWaits
from shmlab.runs import stuck


def tells():
    """Whether this system says where a process waits."""
    try:
        return stuck._FUTEX is not None and bool(pathlib.Path("/proc/self/syscall").read_text())
    except OSError:
        return False


asks_the_system = pytest.mark.skipif(not tells(), reason="this system does not say where a process waits")


def dine(shm, rank, forks, all_sit):
    with forks[rank]:
        all_sit.wait()
        with forks[(rank + 1) % len(forks)]:
            shm.meals[rank] = 1


def dinner(seats, fork):
    sync = {"forks": [fork for _ in range(seats)], "all_sit": Barrier(seats)}
    return Program(dine, processes=seats, shared={"meals": [0] * seats}, sync=sync)


def in_short(found):
    return [(wait.rank, wait.holds, wait.wants, wait.holders) for wait in found.waits]


ROUND_THE_TABLE = [
    (0, ("forks[0]",), "forks[1]", (1,)),
    (1, ("forks[1]",), "forks[2]", (2,)),
    (2, ("forks[2]",), "forks[0]", (0,)),
]


@asks_the_system
def test_the_system_and_the_model_say_the_same_of_a_deadlock():
    program = dinner(3, Mutex())
    real = program.stuck(timeout=PATIENCE_S)
    assert real.source == stuck.SOURCE
    assert in_short(real) == in_short(program.check(progress=False).witness.who_waits()) == ROUND_THE_TABLE
    assert real.circle == (0, 1, 2, 0)
    assert real.memory == {"meals": [0, 0, 0]}
    assert real.lock_order.circle == ("forks[0]", "forks[1]", "forks[2]", "forks[0]")
    assert "dine × 3: a circle, P0 → P1 → P2 → P0; meals = [0, 0, 0]. From the system" in str(real)


@asks_the_system
def test_nobody_can_tell_who_has_a_semaphore():
    found = dinner(2, Semaphore(1)).stuck(timeout=PATIENCE_S)
    assert in_short(found) == [(0, (), "forks[1]", ()), (1, (), "forks[0]", ())]
    assert found.circle == ()
    assert " ? " in str(found)


@asks_the_system
@pytest.mark.parametrize(
    ("sync", "name"),
    [
        ({"one": Barrier(3)}, "one"),
        ({"one": Semaphore(0)}, "one"),
        ({"lock": Mutex(), "one": Condition("lock")}, "one"),
    ],
)
def test_whatever_is_waited_for_has_its_name(sync, name):
    def wait(one):
        if hasattr(one, "notify"):
            with one:
                one.wait()
        elif hasattr(one, "acquire"):
            one.acquire()
        else:
            one.wait()

    found = Program(wait, processes=2, shared={}, sync=sync).stuck(timeout=PATIENCE_S)
    assert [wait.wants for wait in found.waits] == [name, name]


@asks_the_system
def test_one_that_has_ended_waits_for_nobody():
    def end(shm, rank, lock):
        if rank == 0:
            lock.acquire()

    found = Program(end, processes=2, shared={"x": 0}, sync={"lock": Semaphore(0)}).stuck(timeout=PATIENCE_S)
    assert [(wait.wants, wait.known.split()[0]) for wait in found.waits] == [("lock", "process"), ("", "has")]


@asks_the_system
def test_who_goes_on_for_ever_is_not_stuck():
    def spin(shm):
        while True:
            shm.x = 1

    with pytest.raises(TimeoutError, match=r"somebody still goes on after 0\.3 s"):
        Program(spin, processes=1, shared={"x": 0}).stuck(timeout=0.3)


def test_where_the_system_does_not_tell_it_says_so(monkeypatch):
    monkeypatch.setattr(stuck, "_FUTEX", None)
    found = dinner(3, Mutex()).stuck()
    assert "does not say" in found.source
    assert in_short(found) == ROUND_THE_TABLE


def test_where_one_may_not_look_it_says_so(monkeypatch):
    def refused(*_):
        raise PermissionError

    monkeypatch.setattr(stuck, "_FUTEX", 202)
    monkeypatch.setattr(stuck._Look, "_wanted", refused)
    assert "does not say" in dinner(2, Mutex()).stuck().source


def test_locks_are_ordered_by_processes_that_run_alone():
    def there(shm, one, other):
        with one, other:
            shm.x = 1

    def back(shm, one, other):
        with other:
            one.acquire()
            one.release()

    sync = {"one": Mutex(), "other": Semaphore(1)}
    order = Program([there, back, there], shared={"x": 0}, sync=sync).lock_order()
    assert order.orders == (Order("one", "other", (0, 2)), Order("other", "one", (1,)))
    assert order.circle == ("one", "other", "one")
    assert Program([there, there], shared={"x": 0}, sync=sync).lock_order().circle == ()


def test_a_circle_is_found_beside_ways_that_lead_nowhere():
    waits = tuple(Wait(rank, (), "lock", holders, "") for rank, holders in enumerate([(1, 2), (), (3,), (0,)]))
    assert WhoWaits("four", "By hand.", waits, {}).circle == (0, 2, 3, 0)
    assert LockOrder("none", "By hand.", ()).circle == ()
