"""Bounded overtaking: what is counted, against an enumeration of all interleavings that counts in another way."""

import functools
import random

import pytest

from shmlab import Mutex, Program, Semaphore, fetch_add
from shmlab.explorer.search import overtaking

DOORS = 2


def walk(shm, rank, doors, script):
    for what, door in script:
        if what == "acquire":
            doors[door].acquire()
        elif what == "release":
            doors[door].release()
        elif what == "enter":
            fetch_add(shm, "entered", 1)
        elif what == "wait":
            shm.since[rank] = shm.entered
        else:
            shm.since[rank] = -1


def program(scripts, most):
    """Process 0 is the one that waits; the others go through their scripts, too."""

    def waiting(shm, doors):
        walk(shm, 0, doors, scripts[0])

    def passing(shm, rank, doors):
        walk(shm, rank, doors, scripts[rank])

    return Program(
        [waiting, *[passing] * (len(scripts) - 1)],
        shared={"entered": 0, "since": [-1] * len(scripts)},
        sync={"doors": [Semaphore(1)] * DOORS},
        overtaken={"waiting": most},
    )


def most_overtakings(scripts):
    """The most that process 0 is overtaken in any interleaving: entries of others from its "wait" to its "over",
    counted along each way, without a field in memory."""

    @functools.cache
    def after(places, doors, waits):
        most = 0
        for rank, place in enumerate(places):
            if place == len(scripts[rank]):
                continue
            what, door = scripts[rank][place]
            if what == "acquire" and not doors[door]:
                continue
            units = list(doors)
            if what in ("acquire", "release"):
                units[door] += 1 if what == "release" else -1
            waiting = {"wait": True, "over": False}.get(what, waits)
            counts = what == "enter" and rank != 0 and waits
            following = (*places[:rank], place + 1, *places[rank + 1 :])
            most = max(most, counts + after(following, tuple(units), waiting))
        return most

    # A script has one "wait" and one "over", so what is counted on a way is counted for one waiting.
    return after((0,) * len(scripts), (1,) * DOORS, False)


def least_bound(scripts):
    """The least bound with which the check covers everything and finds nothing."""
    for most in range(20):
        verdict = program(scripts, most).check(progress=False)
        if verdict.ok is True:
            return most
        assert (verdict.failure.kind, verdict.complete) == ("always", True), verdict.sentence
        assert f"P0 waits in waiting and is overtaken for the {overtaking._ordinal(most + 1)} time" in verdict.sentence
        steps = verdict.witness.steps
        told = {at for at, step in enumerate(steps) if step.target == "entered" and step.writes and step.rank}
        assert len(told) > most
        assert told <= set(verdict.witness.core)
    raise AssertionError("no bound holds")


def drawn(seed):
    """Scripts of two or three processes that pass doors in order, and say that they enter inside of some."""
    draw = random.Random(seed)
    scripts = []
    for rank in range(draw.choice([2, 2, 3])):
        script = []
        for _ in range(draw.randint(1, 2)):
            doors = sorted(draw.sample(range(DOORS), draw.randint(1, DOORS)))
            inside = [("enter", 0)] * (draw.randint(1, 2) if rank else 0)
            script += [*(("acquire", door) for door in doors), *inside, *(("release", door) for door in doors)]
        if rank == 0:
            first = draw.randint(0, len(script))
            script.insert(first, ("wait", 0))
            script.insert(draw.randint(first + 1, len(script)), ("over", 0))
        scripts.append(script)
    return scripts


@pytest.mark.parametrize("seed", range(25))
def test_the_least_bound_is_the_most_overtakings_of_all_interleavings(seed):
    scripts = drawn(seed)
    assert least_bound(scripts) == most_overtakings(scripts), scripts


ONCE = [("acquire", 0), ("enter", 0), ("release", 0)]
WAITS = [("wait", 0), ("acquire", 0), ("over", 0), ("enter", 0), ("release", 0)]


@pytest.mark.parametrize(("rounds", "others"), [(1, 1), (3, 1), (2, 2)])
def test_a_lock_promises_nobody_to_be_the_next(rounds, others):
    """By hand: every round of everybody else may come first."""
    assert least_bound([WAITS, *[ONCE * rounds] * others]) == rounds * others


def test_behind_a_turnstile_each_overtakes_once():
    """By hand: who waits has the turnstile, door 0; the other one may have passed it, once."""
    waits = [("acquire", 0), ("wait", 0), ("acquire", 1), ("over", 0), ("release", 1), ("release", 0)]
    passes = [("acquire", 0), ("release", 0), ("acquire", 1), ("enter", 0), ("release", 1)]
    assert least_bound([waits, passes * 3]) == 1


def test_who_is_not_bounded_may_be_overtaken():
    lock = {"sync": {"lock": Mutex()}, "shared": {"entered": 0, "since": [-1, -1]}}

    def hurry(shm, rank, lock):
        for _ in range(3):
            with lock:
                fetch_add(shm, "entered", 1)

    def wait(shm, rank, lock):
        shm.since[rank] = shm.entered
        with lock:
            shm.since[rank] = -1

    assert Program([hurry, wait], **lock, overtaken={"hurry": 0}).check(progress=False).ok is True
    assert Program([hurry, wait], **lock, overtaken={"wait": 3}).check(progress=False).ok is True
    assert Program([hurry, wait], **lock, overtaken={"wait": 2}).check(progress=False).ok is False


def test_always_is_asked_beside_a_bound():
    def enter(shm):
        fetch_add(shm, "entered", 1)

    both = Program(
        enter,
        processes=2,
        shared={"entered": 0, "since": [-1, -1]},
        always=lambda shm: shm.entered < 2,
        overtaken={"enter": 0},
    )
    assert "a rule is broken" in both.check(progress=False).sentence


def nobody(shm):
    pass


@pytest.mark.parametrize(
    ("overtaken", "shared", "error", "words"),
    [
        (3, {}, TypeError, "give a function's name and how often"),
        ({"somebody": 3}, {}, ValueError, "no process runs 'somebody'; there is nobody"),
        ({"nobody": -1}, {}, ValueError, "from 0 up"),
        ({"nobody": True}, {}, ValueError, "from 0 up"),
        ({"nobody": 1}, {"x": 0}, ValueError, "declare shared="),
        ({"nobody": 1}, {"entered": 0, "since": [-1]}, ValueError, "for each process"),
    ],
)
def test_what_does_not_fit_is_named(overtaken, shared, error, words):
    fields = shared or {"entered": 0, "since": [-1, -1]}
    with pytest.raises(error, match=words):
        Program(nobody, processes=2, shared=fields, overtaken=overtaken)


def test_ordinals():
    assert [overtaking._ordinal(n) for n in (1, 2, 3, 4, 11, 12, 21, 101, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "21st", "101st", "111th"
    ]  # fmt: skip
