"""The naive interpreter against results computed by hand."""

import math
import pathlib

import naive
import pytest

COUNTER = {"x": 0}


def program(*functions, shared, processes=None, **rest):
    """A program as random_programs.make gives one, with nothing declared but what is said."""
    nothing = {"sync": {}, "helpers": {}, "memory": "sc", "spurious": False, "crashes": 0}
    nothing |= {"always": None, "invariant": None, "possible": {}}
    processes = list(range(len(functions))) if processes is None else processes
    return nothing | {"functions": list(functions), "processes": processes, "shared": shared} | rest


def explore(*functions, **rest):
    return naive.explore(program(*functions, **rest))


def equals(place, value):
    return "compare", ("field", place), "==", value


def both(first, second):
    return "and", first, second


def nobody(place):
    """A process waits while there is nobody in `place`."""
    return "while", equals(place, 0), [("pause",)]


# Schedules, counted


@pytest.mark.parametrize("how", ["range", "list"])
def test_unprotected_increments(how):
    """Two sequences of six steps interleave in C(12, 6) ways; 20 keep each load and store together."""
    increments = [("for", None, how, 3, [("add", "x", 1)])]
    found = explore(increments, processes=[0, 0], shared=COUNTER, invariant=equals("x", 6))
    assert (found.total, found.failing, found.kind) == (math.comb(12, 6), 904, "invariant")
    assert found.finals[6,] == (math.comb(6, 3), True)
    assert set(found.finals) == {(n,) for n in range(2, 7)}
    # One process is held before its last store while the other runs to its end.
    assert found.verdict.best == (1, 12)


@pytest.mark.parametrize("lock", [("semaphore", 1), ("mutex",)])
def test_protected_increments(lock):
    """Only the order of the critical sections is left."""
    increments = [("for", None, "range", 3, [("with", "lock", [("add", "x", 1)])])]
    found = explore(increments, processes=[0, 0], shared=COUNTER, sync={"lock": lock}, invariant=equals("x", 6))
    assert (found.kind, found.total, found.failing) == (None, math.comb(6, 3), 0)


@pytest.mark.parametrize(("memory", "total"), [("sc", 2), ("tso", 6), ("pso", 6)])
def test_a_flush_is_a_step(memory, total):
    assert explore([("store", "x", 1)], [("store", "y", 1)], shared={"x": 0, "y": 0}, memory=memory).total == total


@pytest.mark.parametrize(("memory", "total"), [("tso", 2), ("pso", 3)])
def test_a_buffer_is_flushed_in_its_models_order(memory, total):
    """store x, store y: x is flushed before the second store or behind it, and under PSO also behind y."""
    found = explore([("store", "x", 1), ("store", "y", 1)], shared={"x": 0, "y": 0}, memory=memory)
    assert found.total == total


def test_a_release_is_flushed_when_it_is_the_oldest():
    """As TSO; but what comes behind the release may overtake it."""
    stores = [("store", "x", 1), ("store_release", "y", 1)]
    assert explore(stores, shared={"x": 0, "y": 0}, memory="pso").total == 2
    assert explore(list(reversed(stores)), shared={"x": 0, "y": 0}, memory="pso").total == 3


def test_the_last_to_arrive_frees_the_others_in_its_own_step():
    """Two orders of arrival, two orders of the stores behind the barrier."""
    body = [("arrive", "r0", "meeting"), ("store", "x", "r0")]
    found = explore(body, processes=[0, 0], shared=COUNTER, sync={"meeting": ("barrier", 2)})
    assert (found.total, set(found.finals)) == (4, {(0,), (1,)})


@pytest.mark.parametrize(("tell", "kind"), [("notify", "deadlock"), ("notify_all", None)])
def test_a_notification_chooses_among_the_waiters(tell, kind):
    """Each says that it will wait while it holds the mutex, so the notifier comes when both wait.

    Two orders of waiting, each with nine places for the notifier's two acquires. Then notify wakes
    either of two, and the other waits for ever; notify_all lets both go, in either order.
    """
    waiter = [("with", "guard", [("release", "both"), ("wait", "changed")])]
    notifier = [("acquire", "both"), ("acquire", "both"), ("with", "guard", [(tell, "changed")])]
    sync = {"guard": ("mutex",), "changed": ("condition", "guard"), "both": ("semaphore", 0)}
    found = explore(waiter, notifier, processes=[0, 0, 1], shared=COUNTER, sync=sync)
    assert (found.total, found.failing, found.kind) == (36, 36 if kind else 0, kind)


def test_a_time_out_is_a_step_where_nothing_can_be_acquired():
    """The one gives up before the other releases, or gets the unit after it."""
    patient = [("try", [("acquire", "units", True)], "TimeoutError", [("store", "x", 1)])]
    found = explore(patient, [("release", "units")], shared=COUNTER, sync={"units": ("semaphore", 0)})
    assert found.finals == {(0,): (1, True), (1,): (2, True)}


def test_a_schedule_ends_where_it_fails():
    """An assertion belongs to the step before it, also to none."""
    assert explore([("assert", ("compare", ("rank",), "==", 1))], shared=COUNTER).verdict.best == (0, 0)
    found = explore([("assert", equals("x", 1)), ("store", "x", 2)], [("store", "x", 1)], shared=COUNTER)
    # Load 0 at once; or store 1, load 1, store 2.
    assert (found.total, found.failing, found.verdict.best, found.kind) == (2, 1, (0, 1), "exception")
    assert found.finals == {(2,): (1, True)}


def test_what_must_always_hold_holds_at_the_beginning():
    found = explore([("store", "x", 1)], shared=COUNTER, always=equals("x", 1))
    assert (found.total, found.failing, found.verdict.best, found.kind, found.finals) == (1, 1, (0, 0), "always", {})


# Memory models


def cross(mine, other, result, *between):
    return [("store", mine, 1), *between, ("load", "r0", other), ("store_release", result, "r0")]


@pytest.mark.parametrize(
    ("memory", "between", "seen"), [("sc", (), False), ("tso", (), True), ("tso", (("fence",),), False)]
)
def test_store_buffering(memory, between, seen):
    """Both load 0 where each one's store still waits in its buffer."""
    shared = {"x": 0, "y": 0, "p": 5, "q": 5}
    found = explore(cross("x", "y", "p", *between), cross("y", "x", "q", *between), shared=shared, memory=memory)
    assert ((1, 1, 0, 0) in found.finals) is seen


@pytest.mark.parametrize(
    ("memory", "store", "kind"), [("tso", "store", None), ("pso", "store", "exception"), ("pso", "store_release", None)]
)
def test_message_passing(memory, store, kind):
    reader = [("while", equals("f", 0), [("pause",)]), ("assert", equals("x", 1))]
    found = explore([("store", "x", 1), (store, "f", 1)], reader, shared={"x": 0, "f": 0}, memory=memory)
    assert found.kind == kind


def peterson(me, other, stores, loads):
    """With a fence between its two stores, between them and the loads, or in neither place."""
    fences = [[("fence",)] * wanted for wanted in (stores, loads)]
    wait = ("while", both(equals(f"wants{other}", 1), equals("turn", other)), [("pause",)])
    enter = [("store", f"wants{me}", 1), *fences[0], ("store", "turn", other), *fences[1], wait]
    return [*enter, ("fetch_add", None, "inside", 1), ("fetch_add", None, "inside", -1), ("store", f"wants{me}", 0)]


@pytest.mark.parametrize(
    ("memory", "stores", "loads", "kind"),
    [
        ("sc", False, False, None),
        ("tso", False, False, "always"),
        ("tso", True, False, "always"),
        ("tso", False, True, None),
        ("pso", False, True, "always"),
        ("pso", True, True, None),
    ],
)
def test_peterson(memory, stores, loads, kind):
    """TSO needs a fence before the loads; PSO one more, lest `turn` be seen before `wants`."""
    shared = {"wants0": 0, "wants1": 0, "turn": 0, "inside": 0}
    alone = ("not", equals("inside", 2))
    functions = peterson(0, 1, stores, loads), peterson(1, 0, stores, loads)
    data = program(*functions, shared=shared, memory=memory, always=alone)
    assert naive.judge(naive.Graph(data), data).kind == kind  # too many schedules to walk them


# Deadlock and livelock


def test_philosophers():
    """Each takes one fork: P0, P2, P1, say, where only P0 could have gone on."""
    eat = [[("with", f"fork{n}", [("with", f"fork{(n + 1) % 3}", [])])] for n in range(3)]
    found = explore(*eat, shared=COUNTER, sync={f"fork{n}": ("mutex",) for n in range(3)})
    assert (found.kind, found.verdict.kinds, found.verdict.best) == ("deadlock", {"deadlock"}, (1, 3))


def back_off(first, second):
    retry = ("while", ("not", ("try_acquire", second)), [("release", first), ("pause",), ("acquire", first)])
    return [("acquire", first), retry, ("release", second), ("release", first)]


def test_trying_and_backing_off_may_go_on_for_ever():
    locks = {"a": ("mutex",), "b": ("semaphore", 1)}
    assert explore(back_off("a", "b"), back_off("b", "a"), shared=COUNTER, sync=locks).kind == "livelock"
    assert explore(back_off("a", "b"), back_off("a", "b"), shared=COUNTER, sync=locks).kind is None


def test_a_cycle_without_a_process_that_could_go_on_is_no_livelock():
    found = explore([("while", equals("x", 0), [("pause",)])], [("store", "x", 1)], shared=COUNTER)
    assert (found.kind, found.total, set(found.finals)) == (None, None, {(1,)})
    assert explore([("while", equals("x", 0), [("pause",)])], [("store", "x", 0)], shared=COUNTER).kind == "livelock"


def test_a_cycle_without_a_buffer_that_could_be_flushed_is_no_livelock():
    found = explore([("while", equals("x", 0), [("pause",)])], [("store", "x", 1)], shared=COUNTER, memory="tso")
    assert (found.kind, found.total) == (None, None)


def test_equal_rounds_of_a_loop_are_no_cycle():
    found = explore([("for", None, "list", 2, [("with", "lock", [])])], shared=COUNTER, sync={"lock": ("semaphore", 1)})
    assert (found.kind, found.total) == (None, 1)


def test_wakes_are_neither_progress_nor_a_livelock():
    """Who waits for nobody is stuck, whether or not it may wake; who waits in a `while` is so for ever."""
    sync = {"guard": ("mutex",), "changed": ("condition", "guard")}
    for spurious in (False, True):
        wait = [("with", "guard", [("while", equals("x", 0), [("wait", "changed")])])]
        found = explore(wait, shared=COUNTER, sync=sync, spurious=spurious)
        assert (found.kind, found.verdict.best, found.total) == ("deadlock", (0, 3), 1)


def test_time_outs_may_go_on_for_ever():
    retry = ("try", [("acquire", "units", True), ("return",)], "TimeoutError", [])
    assert explore([("forever", [retry])], shared=COUNTER, sync={"units": ("semaphore", 0)}).kind == "livelock"


def test_what_is_possible_nowhere():
    one, two = equals("x", 1), equals("x", 2)
    assert explore([("store", "x", 1)], shared=COUNTER, possible={"one": one}).kind is None
    assert explore([("store", "x", 1)], shared=COUNTER, possible={"one": one, "two": two}).kind == "impossible"


# Mutexes and exceptions

GUARD = {"guard": ("mutex",)}


@pytest.mark.parametrize(
    "wrong",
    [
        [("release", "guard")],
        [("acquire", "guard"), ("acquire", "guard")],
        [("with", "guard", [("release", "guard")])],
    ],
)
def test_wrong_use_of_a_mutex(wrong):
    caught = [("try", wrong, "RuntimeError", [("store", "x", 1)])]
    assert explore(caught, shared=COUNTER, sync=GUARD).finals == {(1,): (1, True)}
    found = explore(wrong, shared=COUNTER, sync=GUARD)
    assert (found.kind, found.verdict.best) == ("exception", (0, len(wrong) + (wrong[0][0] == "with") * 2))


def test_an_exception_gives_a_lock_back_on_its_way():
    """acquire, load, release: only then is it out of the function."""
    found = explore([("with", "guard", [("assert", equals("x", 1))])], shared=COUNTER, sync=GUARD)
    assert found.verdict.best == (0, 3)


def test_who_ends_with_a_mutex_leaves_it_to_the_next_one():
    def after(*heir):
        keep = [("acquire", "guard"), ("release", "kept")]
        return explore(keep, [("acquire", "kept"), *heir], shared=COUNTER, sync=GUARD | {"kept": ("semaphore", 0)}).kind

    again = [("acquire", "guard"), ("release", "guard")]
    inherit = [("acquire", "guard")]
    assert after(*inherit) == "exception"
    assert after(("try", inherit, "OwnerDied", [("consistent", "guard")]), ("release", "guard"), *again) is None
    assert after(("try", inherit, "OwnerDied", []), ("release", "guard"), *again) == "exception"


def test_a_crash_may_come_at_any_step():
    """x = 1, x = 2: killed before, between or at no time; what is buffered still reaches memory."""
    stores = [("store", "x", 1), ("store", "x", 2)]
    for memory in ("sc", "tso"):
        found = explore(stores, shared=COUNTER, crashes=1, memory=memory)
        assert {content for (content,) in found.finals} == {0, 1, 2}
        assert explore(stores, shared=COUNTER, crashes=1, always=("not", equals("x", 2))).verdict.best == (0, 2)


def test_who_is_killed_holding_a_mutex_leaves_it_to_the_next_one():
    use = [("with", "guard", [])]
    assert explore(use, use, shared=COUNTER, sync=GUARD).kind is None
    found = explore(use, use, shared=COUNTER, sync=GUARD, crashes=1)
    # acquire, crash, acquire: to go on after a crash costs no preemption.
    assert (found.kind, found.verdict.best) == ("exception", (0, 3))


def test_imports_nothing_of_what_it_judges():
    for module in pathlib.Path(__file__).parent.glob("naive*.py"):
        assert "import shmlab" not in module.read_text()
