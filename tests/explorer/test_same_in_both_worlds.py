"""What raises what is the same in real processes, in a check and in a replay: types, messages and lines."""

import inspect
import re

import learner_shaped
import pytest
from learner_shaped import CASES, PAIRS, SYNC, board

from shmlab import Barrier, Condition, Mutex, Program, Semaphore

# ctypes keeps what is stored there for as long as nobody reads the field again; a check says so.
REFUSED = {"stores_a_field_of_an_array": "NotImplementedError: an array has no fields"}
_RAN = re.compile(
    r"(raised (?P<words>.*) \(at (?P<file>.*), line (?P<line>\d+)\)|ended with exit code (?P<code>\d+))", re.S
)


def test_there_are_enough_of_them():
    assert len(CASES) + len(PAIRS) >= 200


def program(*functions):
    names = {name for function in functions for name in inspect.signature(function).parameters}
    names |= {"lock"} if "cond" in names else set()
    sync = {name: made for name, made in SYNC.items() if name in names}
    return Program(list(functions), shared=board(), sync=sync)


def ran(outcome, rank):
    """(line, type and message), an exit code, or None where the process finished."""
    end = outcome.exits[rank]
    if end.ok:
        return None
    found = _RAN.fullmatch(end.words)
    return int(found["code"]) if found["code"] else (int(found["line"]), found["words"])


def said(expected, rank):
    """How a verdict begins and ends that says the same."""
    if isinstance(expected, int):
        return rf"P{rank} ended with exit code {expected} in line \d+"
    line, words = expected
    return rf"P{rank} raised,? in line {line}\b.* {re.escape(words)}"


def assert_same(tried, rank=0, refused=""):
    outcome = tried.run()
    expected = ran(outcome, rank)
    verdict = tried.check(progress=False)
    if refused:
        assert refused in verdict.failure.sentence
    elif expected is None:
        assert outcome.ok, outcome.why
        assert verdict.ok, verdict.sentence
    else:
        assert re.fullmatch(said(expected, rank), verdict.failure.sentence, re.S), (verdict.failure.sentence, expected)
        assert ran(tried.replay(verdict.witness), rank) == expected


@pytest.mark.parametrize("name", CASES)
def test_one_process_raises_the_same(name):
    assert_same(program(CASES[name]), refused=REFUSED.get(name, ""))


@pytest.mark.parametrize("name", PAIRS)
def test_the_second_of_two_processes_raises_the_same(name):
    assert_same(program(*PAIRS[name]), rank=1)


# Names that there are not, in the words that help.


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("reads_a_misspelt_field", r"Board has no field 'conter'; .* counter, small, .*; did you mean counter"),
        ("stores_a_misspelt_field", r"Board has no field 'conter'; .*; did you mean counter\?"),
        ("reads_a_far_field", r"Board has no field 'semaphore'; its fields are .*, word \("),
        ("stores_a_misspelt_field_of_an_element", r"Point has no field 'xx'; its fields are x, y"),
        ("a_mutex_waits", r"mutex 'lock' has no 'wait'; there is acquire, .*, consistent; did you mean acquire\?"),
        ("a_semaphore_is_posted", r"semaphore 'sem' has no 'post'; there is acquire, .*; did you mean release\?"),
        ("a_condition_is_misspelt", r"'cond' has no 'notify_al'; there is wait, .*; did you mean notify_all\?"),
        ("a_barrier_has_parties", r"barrier 'barrier' has no 'parties'; there is wait \("),
    ],
)  # fmt: skip
def test_a_name_that_there_is_not_is_told_with_those_that_there_are(name, words):
    assert re.search(words, program(CASES[name]).run().exits[0].words)


@pytest.mark.parametrize("ipc", ["posix", "sysv"])
def test_both_kinds_of_semaphore_have_the_same_verbs(ipc):
    words = program(learner_shaped.a_semaphore_is_signalled).run(ipc=ipc).exits[0].words
    assert (
        "semaphore 'sem' has no 'wait'; there is acquire, try_acquire, release, value; did you mean acquire?" in words
    )


# Verbs that are named and not called.


def names_a_verb(shm, lock):
    lock.acquire  # noqa: B018
    shm.counter += 1


def names_one_of_a_list(shm, forks):
    shm.counter += 1
    forks[0].release  # noqa: B018


def helps(cond):
    with cond:
        cond.wait  # noqa: B018


def names_one_in_a_helper(cond):
    helps(cond)


def names_one_in_a_condition(barrier, shm):
    if shm.counter:
        barrier.wait  # noqa: B018


def keeps_a_verb(shm, lock):
    take = lock.acquire
    take()
    shm.counter += 1
    lock.release()
    assert lock.release


SYNC_OF_FOUR = {"lock": Mutex(), "cond": Condition("lock"), "barrier": Barrier(1), "forks": [Semaphore(1)]}


@pytest.mark.parametrize("world", ["run", "check", "count"])
@pytest.mark.parametrize(
    ("function", "words"),
    [
        (
            names_a_verb,
            "lock.acquire in line {} of names_a_verb names the verb and does not call it, so nothing happens",
        ),
        (names_one_of_a_list, r"forks\[0\].release in line {} of names_one_of_a_list"),
        (names_one_in_a_helper, "cond.wait in line {} of helps .*; write cond.wait"),
        (names_one_in_a_condition, "barrier.wait in line {} of names_one_in_a_condition"),
    ],
)
def test_a_verb_that_is_named_and_not_called_is_an_error(function, words, world):
    tried = Program(function, processes=2, shared=board(), sync=SYNC_OF_FOUR)
    first = (helps if function is names_one_in_a_helper else function).__code__.co_firstlineno
    with pytest.raises(TypeError, match=words.format(rf"({first + 1}|{first + 2})")):
        getattr(tried, world)(**({} if world == "run" else {"progress": False}))


def test_a_verb_that_is_kept_is_no_error():
    tried = Program(keeps_a_verb, processes=2, shared=board(), sync=SYNC_OF_FOUR)
    assert tried.run()
    assert tried.check(progress=False)


# What predicates return, and what is true.


def adds(shm):
    shm.counter += 1


def forgets(shm):
    shm.counter == 5  # noqa: B015


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"invariant": forgets}, r"^invariant \(forgets\) returned None: return the comparison, as in `return shm"),
        ({"always": forgets}, r"^always \(forgets\) returned None"),
        ({"possible": {"two in it": forgets}}, r"^possible\['two in it'\] \(forgets\) returned None"),
        ({"invariant": lambda shm: print(end="")}, "^invariant returned None"),
    ],
)
def test_a_predicate_that_returns_nothing_is_an_error(declared, words):
    tried = Program(adds, processes=2, shared=board(), **declared)
    with pytest.raises(TypeError, match=words):
        tried.check(progress=False)
    if "invariant" in declared:
        with pytest.raises(TypeError, match=words):
            tried.run()
        witness = Program(adds, processes=2, shared=board(), invariant=lambda shm: False).check(progress=False).witness
        with pytest.raises(TypeError, match=words):
            tried.replay(witness)


def test_a_verdict_and_an_outcome_are_true_when_they_are_ok():
    right = Program(adds, processes=1, shared=board(), invariant=lambda shm: shm.counter == 4)
    wrong = Program(adds, processes=2, shared=board(), invariant=lambda shm: shm.counter == 4)
    assert right.run()
    assert right.run(times=2)
    assert right.check(progress=False)
    verdict = wrong.check(progress=False)
    assert not verdict
    assert not wrong.replay(verdict.witness)
    assert not Program(adds, processes=1, shared=board(), invariant=lambda shm: False).run(times=2, progress=False)
    undecided = right.check(max_states=1, progress=False)
    with pytest.raises(TypeError, match=r"ask `verdict.ok is True`"):
        bool(undecided)
