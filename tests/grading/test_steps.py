"""Questions about the steps of processes, each asked of a few steps where the answer is known."""

import pytest

from shmlab.explorer.explain.witness import Step
from shmlab.grading.checks.steps import Steps


def steps(*texts):
    """Steps as "acquire lock", of process 0, or as "1 acquire lock". "→" gives a value: "load x → 3"."""
    return Steps(map(step, texts))


def step(text):
    words, _, value = text.partition(" → ")
    rank, words = (int(words[0]), words[2:]) if words[0].isdigit() else (0, words)
    kind, _, target = words.partition(" ")
    value = {"": True if kind in ("acquire", "try_acquire") else None, "False": False}.get(value, value)
    return Step(rank, kind, target, value, words, 1, "", "", "", (), {}, (), False, 0, 0)


LOCKED = steps("acquire lock", "load counter", "store counter", "release lock")
LATE = steps("load counter", "acquire lock", "store counter", "release lock")


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ("load counter", True),
        ("load", True),
        ("counter", True),
        ("read counter", True),
        ("write counter", False),
        ("store counter", False),
        ("load count", False),
        ("count", False),
        ("take", False),
    ],
)
def test_a_text_names_steps(what, named):
    assert (what in steps("load counter")) == named


@pytest.mark.parametrize("target", ["doors", "doors[1]", "doors[1].units", "doors.open"])
def test_a_name_stands_for_all_that_is_in_it(target):
    assert "release doors" in steps(f"release {target}")
    assert "release door" not in steps(f"release {target}")


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        ("acquire lock", True),
        ("try_acquire lock", True),
        ("try_acquire lock → False", False),
        ("acquire lock → owner died", True),
        ("acquire lock → timed out", False),
        ("acquire lock → held already", False),
    ],
)
def test_only_what_succeeds_takes_a_lock(text, takes):
    assert ("take lock" in steps(text)) == takes
    assert steps(text).keeps() == ({"lock"} if takes else set())


def test_an_update_reads_and_writes():
    assert "read x" in steps("fetch_add x")
    assert "write x" in steps("fetch_add x")


def test_chosen_steps():
    both = steps("0 load x → a", "1 load x → b", "0 store y[2] → c")
    assert both.of("load").values("x") == ["a", "b"]
    assert both.without("load").targets("y") == {"y[2]"}
    assert both.by(0).values("x", "y") == ["a", "c"]
    assert both.count("load", "store") == 3
    assert both.ranks("y") == {0}
    assert both.ranks() == {0, 1}
    assert repr(both[:2]) == "Steps(P0 load x, P1 load x)"


def test_the_order_of_steps():
    assert LOCKED.begin("acquire lock", "load counter")
    assert not LATE.begin("acquire lock")
    assert LATE.end("store counter", "release")
    assert not steps().begin("load")
    assert "load counter" in LATE.before("acquire lock")
    assert "load counter" not in LOCKED.before("acquire lock")
    assert len(LOCKED.until("fork")) == 4
    assert LATE.between("acquire lock", "release lock").count("counter") == 1
    assert LATE.after("acquire lock").begin("store counter")
    assert len(steps("load x", "load y", "load x").since("x")) == 0
    for missing in (LOCKED.before, LOCKED.after, LOCKED.since):
        with pytest.raises(ValueError, match="no step is 'load fork'"):
            missing("load fork")


def test_neighbours_are_of_one_process():
    apart = steps("0 store head", "1 load head", "0 fetch_add wakes", "0 store head")
    assert apart.followed("store head", by="fetch_add wakes")
    assert not apart.followed("load tail", by="fetch_add wakes")
    assert not steps("store head", "store head", "fetch_add wakes").followed("store head", by="fetch_add wakes")
    assert steps("0 release door", "1 load x", "0 acquire door").preceded("acquire door", by="release door")
    assert not steps("acquire door").preceded("acquire door", by="release door")
    assert not steps("load x").preceded("acquire door", by="release door")


def test_runs_and_turnstiles():
    opened = steps("0 release doors[0]", "1 release doors[0]", "0 release doors[1]", "1 load x", "1 release doors[1]")
    assert [sorted(run.targets("doors")) for run in opened.runs("release")] == [
        ["doors[0]", "doors[1]"],
        ["doors[0]"],
        ["doors[1]"],
    ]
    assert steps("0 acquire door", "1 load x", "0 release door").turnstiles() == {"door"}
    assert steps("acquire door", "load x", "release door").turnstiles() == set()


def test_which_lock_guards_which_access():
    assert LOCKED.held("lock", at="counter") == [True, True]
    assert LATE.held("lock", at="counter") == [False, True]
    assert steps("0 acquire locks[0]", "1 load x", "0 load x").held("locks", at="x") == [False, True]
    assert steps("acquire a", "acquire b", "load x", "release a", "load x").guards("x") == [{"a", "b"}, {"b"}]
    assert steps("acquire gate", "acquire gate", "release gate", "load x").held("gate", at="x") == [True]


def test_who_is_inside_and_what_is_kept():
    inside = steps("0 acquire lock", "1 acquire lock", "0 release lock", "2 try_acquire lock → False")
    assert inside.holders("lock") == {1}
    assert inside.keeps("lock") == {"lock"}
    assert LOCKED.keeps() == set()
    assert LOCKED[:3].never_releases("lock")
    assert not LOCKED.never_releases("lock")
    assert not steps("release lock").never_releases("lock")


def test_releases():
    assert steps("acquire lock", "release lock", "release lock").releases_too_often("lock")
    assert not steps("0 acquire lock", "0 release lock", "1 release lock").releases_too_often("lock")
    assert steps("store pair.left", "release lock", "store pair.right").releases_between("pair")
    assert not steps("store pair.left", "store pair.right", "release lock").releases_between("pair")
    assert not steps("release lock").releases_between("pair")


def test_units_of_a_semaphore():
    own = steps("release arrived[1]", "acquire arrived[1]")
    assert (own.takes_own("arrived"), own.takes_unreleased("arrived")) == (True, False)
    started = steps("0 release arrived[0]", "0 acquire arrived[1]", "1 release arrived[1]")
    assert (started.takes_own("arrived"), started.takes_unreleased("arrived")) == (False, True)
    assert (steps().takes_own("arrived"), steps().takes_unreleased("arrived")) == (False, False)


@pytest.mark.parametrize(
    ("texts", "blind"),
    [
        (["load x", "store x"], False),
        (["store x"], True),
        (["load x", "store x", "store x"], True),
        (["fetch_add x", "store x"], True),
        (["0 load x", "1 store x"], True),
        (["load x"], False),
    ],
)
def test_what_is_stored_without_a_load(texts, blind):
    assert steps(*texts).stores_without_load("x") == blind


def test_an_heir_is_who_first_takes_the_lock_from_a_dead_owner():
    died = "acquire lock → owner died"
    done = steps("acquire lock", "crash", f"1 {died}", "2 load x", "1 store x", f"2 {died}", "2 store x")
    assert done.heir("lock").values("store x") == [None]
    assert [step.rank for step in done.heir("lock")] == [1]
    with pytest.raises(ValueError, match="from a dead owner"):
        done.heir("door")
