"""Program.check on small programs whose answers are known."""

import re

import pytest
from cells import cell

from shmlab import Condition, Mutex, Program, Semaphore

ADD = "def add(shm):\n    for _ in range({}):\n        shm.n += 1"
GUARDED = "def add(shm, lock):\n    for _ in range({}):\n        with lock:\n            shm.n += 1"
HOLD = "def hold(shm, free):\n    with free:\n        shm.n = 1"


def adding(each, processes=2, text=ADD, **options):
    add = cell(text.format(each))["add"]
    return Program(
        add, processes=processes, shared={"n": 0}, invariant=lambda shm: shm.n == each * processes, **options
    )


@pytest.mark.parametrize(("each", "processes", "interleavings"), [(3, 2, 20), (3, 4, 369_600)])
def test_a_right_program_is_covered_to_the_last_interleaving(each, processes, interleavings):
    verdict = adding(each, processes, GUARDED, sync={"lock": Mutex()}).check(progress=False)
    assert (verdict.ok, verdict.complete, verdict.failure) == (True, True, None)
    assert verdict.interleavings == interleavings


def test_without_budget_nothing_is_decided():
    verdict = adding(3, text=GUARDED, sync={"lock": Mutex()}).check(max_states=1, progress=False)
    assert (verdict.ok, verdict.complete, verdict.failure, verdict.interleavings) == (None, False, None, None)


ENDLESS = """
def add(shm, lock):
    while True:
        with lock:
            shm.counter += 1


def look(shm, lock):
    with lock:
        return shm.counter
"""


def test_a_loop_that_counts_for_ever_is_given_up_and_named():
    """Its states have no end; whether it has one cannot be known."""
    code = cell(ENDLESS)
    program = Program([code["add"], code["look"]], shared={"counter": 0}, sync={"lock": Mutex()})
    verdict = program.check(progress=False, max_states=40_000)
    assert verdict.ok is None
    assert verdict.states < 40_000
    assert re.search(r"after 10,000 steps of one schedule P0 has not ended, in line [45]: does its loop", verdict.apart)
    assert "does its loop end?" in verdict.sentence


def test_what_a_check_does_not_follow_is_undecided_with_the_cure():
    """It may be right or wrong; a check that raises in its stead has found nothing."""
    code = cell("import ctypes\ndef f(shm):\n    return ctypes.string_at(ctypes.addressof(shm), 8)\n")
    verdict = Program([code["f"]], shared={"counter": 0}).check(progress=False)
    assert (verdict.ok, verdict.failure) == (None, None)
    assert "a check does not follow ctypes.addressof of shared memory: use its fields" in verdict.sentence


def test_a_long_process_alone_is_gone_through():
    code = cell("def f(shm):\n    for _ in range(5_100):\n        shm.counter += 1\n")
    verdict = Program([code["f"]], shared={"counter": 0}).check(progress=False, max_states=20_000)
    assert (verdict.ok, verdict.interleavings) == (True, 1)


def test_what_must_be_possible_and_never_is_true_is_impossible():
    text = cell(ADD.format(1))["add"]
    words = {"a seven": lambda shm: shm.n == 7, "a two": lambda shm: shm.n == 2}
    verdict = Program(text, processes=2, shared={"n": 0}, possible=words).check(progress=False)
    assert (verdict.ok, verdict.failure.kind) == (False, "impossible")
    assert "'a seven'" in verdict.failure.sentence
    assert "a two" not in verdict.failure.sentence


@pytest.mark.parametrize(("undo", "kind"), [(False, "deadlock"), (True, None)])
def test_a_killed_holder_gives_its_unit_back_only_with_undo(undo, kind):
    hold = cell(HOLD)["hold"]
    program = Program(hold, processes=2, shared={"n": 0}, sync={"free": Semaphore(1, undo=undo)})
    assert program.check(progress=False).ok is True
    verdict = program.check(crashes=1, progress=False)
    assert (verdict.failure.kind if verdict.failure else None) == kind
    assert (verdict.ok, verdict.complete) == (kind is None, True)


def test_without_shared_fields_no_content_is_told():
    program = Program(cell("def f(): pass")["f"], processes=2, shared={}, invariant=lambda shm: False)
    assert program.check(progress=False).sentence.endswith("the invariant does not hold")


def test_a_builtin_that_says_not_what_it_takes_is_asked_of_shm():
    program = Program(cell(ADD.format(1))["add"], processes=2, shared={"n": 0}, invariant=bool, always=bool)
    assert program.check(progress=False).ok is True
    assert program.run(progress=False).ok


RECOVERS = """
from shmlab.primitives import OwnerDied
def f(shm, s):
    try:
        s.acquire()
    except OwnerDied:
        s.consistent()
    shm.n += 1
    s.release()
"""


@pytest.mark.parametrize("declared", [Mutex(), Semaphore(1, undo=True)])
def test_what_the_kernel_gives_back_for_a_dead_process_orders_its_accesses(declared):
    space = cell(RECOVERS)
    program = Program(space["f"], processes=2, shared={"n": 0}, sync={"s": declared})
    verdict = program.check(progress=False, crashes=1)
    assert (verdict.ok, verdict.advice) == (True, ())


def test_a_data_race_is_advice_and_no_failure():
    add = cell(ADD.format(1))["add"]
    verdict = Program(add, processes=2, shared={"n": 0}).check(progress=False)
    assert (verdict.ok, verdict.failure) == (True, None)
    assert any("data race" in one and one.startswith("n:") for one in verdict.advice)
    assert adding(1, text=GUARDED, sync={"lock": Mutex()}).check(progress=False).advice == ()


def test_a_wait_orders_by_its_mutex():
    """It gives the mutex back, and whoever takes it next has seen what came before; no race is told of."""
    take = (
        "def take(shm, mutex, empty, full):\n"
        "    with mutex:\n"
        "        while shm.n == 0:\n"
        "            full.wait()\n"
        "        shm.n -= 1\n"
        "        empty.notify()"
    )
    bring = take.replace("take", "bring").replace("== 0", "== 1").replace("-=", "+=")
    bring = bring.replace("full.wait", "empty.wait").replace("empty.notify", "full.notify")
    verdict = Program(
        [cell(bring)["bring"], cell(bring)["bring"], cell(take)["take"], cell(take)["take"]],
        shared={"n": 0},
        sync={"mutex": Mutex(), "empty": Condition("mutex"), "full": Condition("mutex")},
    ).check(progress=False)
    assert (verdict.ok, verdict.advice) == (True, ())
