"""Linearizability: known objects, what a failure shows, and bad use (tests/gate: against an enumeration)."""

import collections
import dataclasses

import pytest

from shmlab import Mutex, Program, Semaphore, Witness, compare_exchange, fence, fetch_add, invoke, plot, respond


class Counter:
    def __init__(self):
        self.value = 0

    def add(self):
        self.value += 1
        return self.value

    def get(self):
        return self.value


class Queue:
    def __init__(self):
        self.items = []

    def send(self, item):
        self.items.append(item)

    def receive(self):
        return self.items.pop(0)  # raises IndexError when there is none: it would have to wait

    def poll(self):
        return self.items.pop(0) if self.items else None


class Register:
    def __init__(self):
        self.content = {"x": 0, "y": 0}

    def write(self, name, number):
        self.content[name] = number

    def read(self, name):
        return self.content[name]


def add_in_two_steps(shm):
    invoke("add")
    shm.n += 1
    respond(shm.n)


def add_at_once(shm):
    invoke("add")
    respond(fetch_add(shm, "n", 1) + 1)


def add_until_it_fits(shm):
    invoke("add")
    while True:
        seen = shm.n
        if compare_exchange(shm, "n", seen, seen + 1):
            break
    respond(seen + 1)


def get(shm):
    invoke("get")
    respond(shm.n)


def counter(*functions, **more):
    return Program(list(functions), shared={"n": 0}, linearizable=Counter, **more)


@pytest.mark.parametrize("add", [add_at_once, add_until_it_fits])
def test_a_counter_of_one_step_is_linearizable(add):
    assert counter(add, add, get).check().ok


def test_a_counter_of_two_steps_is_not_and_the_history_says_why():
    verdict = counter(add_in_two_steps, add_in_two_steps).check()
    assert verdict.failure.kind == "not linearizable"
    assert verdict.complete
    history = verdict.witness.history
    assert [call.name for call in history.calls] == ["add", "add"]
    assert "no order explains that add() of P" in verdict.sentence
    assert "add of Counter returns 1" in verdict.sentence
    assert history.calls[history.misfit].result == "2"
    assert len(str(history.table()).splitlines()) == 4


def test_a_lock_makes_it_linearizable():
    def add(shm, lock):
        invoke("add")
        with lock:
            shm.n += 1
            now = shm.n
        respond(now)

    assert counter(add, add, sync={"lock": Mutex()}).check().ok


def test_the_lock_must_cover_the_result():
    def add(shm, lock):
        invoke("add")
        with lock:
            shm.n += 1
        respond(shm.n)

    assert counter(add, add, sync={"lock": Mutex()}).check().failure.kind == "not linearizable"


def test_what_is_read_before_the_operation_is_too_old():
    def cached(shm):
        old = shm.n
        invoke("get")
        respond(old)

    def adds_then_gets(shm):
        add_at_once(shm)
        cached(shm)

    verdict = counter(add_at_once, cached).check()
    assert verdict.failure.kind == "not linearizable"  # it is invoked after the other has responded
    assert counter(adds_then_gets).check().ok


def sends(shm, rank, lock, full):
    for number in range(3):
        item = 10 * rank + number
        invoke("send", item)
        with lock:
            shm.slots[shm.head] = item
            shm.head += 1
        full.release()
        respond(None)


def receives(shm, lock, full):
    for _ in range(3):
        invoke("receive")
        full.acquire()
        with lock:
            item = shm.slots[shm.tail]
            shm.tail += 1
        respond(item)


def test_three_processes_with_three_operations_are_covered_within_the_budget():
    program = Program(
        [sends, sends, receives],
        shared={"slots": [0] * 6, "head": 0, "tail": 0},
        sync={"lock": Mutex(), "full": Semaphore(0)},
        linearizable=Queue,
    )
    verdict = program.check()
    assert verdict.ok and verdict.complete


def test_an_operation_that_is_killed_may_have_taken_effect_or_not():
    def send(shm):
        invoke("send", 7)
        shm.ready = 1
        respond(None)

    def poll(shm):
        invoke("poll")
        respond(7 if shm.ready else None)

    program = Program([send, poll], shared={"ready": 0}, linearizable=Queue)
    assert program.check(crashes=1).ok


def test_what_is_seen_of_a_killed_one_does_not_go_away_again():
    def write(shm):
        invoke("write", "x", 1)
        shm.x = 1
        respond(None)

    def read_twice(shm):
        for wrong in (False, True):
            invoke("read", "x")
            respond(0 if wrong else shm.x)

    program = Program([write, read_twice], shared={"x": 0}, linearizable=Register)
    assert program.check(crashes=1).failure.kind == "not linearizable"


def stores_then_loads(mine, other, fenced):
    def process(shm):
        invoke("write", mine, 1)
        setattr(shm, mine, 1)
        if fenced:
            fence()
        respond(None)
        invoke("read", other)
        respond(getattr(shm, other))

    return process


@pytest.mark.parametrize("memory", ["sc", "tso", "pso"])
@pytest.mark.parametrize("fenced", [False, True])
def test_a_store_that_waits_in_a_buffer_has_not_taken_effect_for_others(memory, fenced):
    functions = [stores_then_loads("x", "y", fenced), stores_then_loads("y", "x", fenced)]
    verdict = Program(functions, shared={"x": 0, "y": 0}, linearizable=Register).check(memory=memory)
    assert bool(verdict) == (fenced or memory == "sc")
    if not verdict:
        assert verdict.failure.kind == "not linearizable"


def test_a_specification_can_be_given_with_what_it_needs():
    class Room:
        def __init__(self, room):
            self.room, self.inside = room, set()

        def enter(self, who):
            assert len(self.inside) < self.room  # it has to wait
            self.inside.add(who)

        def leave(self, who):
            self.inside.remove(who)

    def guest(shm, rank, doors):
        invoke("enter", rank)
        doors.acquire()
        respond(None)
        invoke("leave", rank)
        doors.release()
        respond(None)

    def program(units, room):
        return Program(guest, processes=3, shared={}, sync={"doors": Semaphore(units)}, linearizable=Room(room))

    assert program(2, 2).check().ok
    assert program(3, 2).check().failure.kind == "not linearizable"


# What comes with it.


def test_a_witness_keeps_its_history_as_text():
    witness = counter(add_in_two_steps, add_in_two_steps).check().witness
    again = Witness.from_json(witness.to_json())
    assert again == witness
    assert again.history.table() == witness.history.table()


def test_a_witness_without_a_specification_has_no_history():
    program = Program(add_in_two_steps, processes=2, shared={"n": 0}, invariant=lambda shm: shm.n == 2)
    verdict = program.check()
    assert verdict.failure.kind == "invariant"
    assert verdict.witness.history is None
    assert '"history"' not in verdict.witness.to_json()
    assert not program.replay(verdict.witness).ok


def test_a_witness_happens_on_real_processes():
    program = counter(add_in_two_steps, add_in_two_steps)
    outcome = program.replay(program.check().witness)
    assert "no order explains" in outcome.why
    assert outcome.values == {"n": 2}


def test_a_run_counts_nothing_and_goes_through():
    assert counter(add_at_once, add_at_once, invariant=lambda shm: shm.n == 2).run().ok


def test_each_operation_is_a_bar_and_the_table_is_its_text():
    history = counter(add_in_two_steps, add_in_two_steps).check().witness.history
    figure = plot(history)
    (axes,) = figure.axes
    assert len(axes.patches) == 2
    assert sum(patch.get_hatch() is not None for patch in axes.patches) == 1
    assert "fits nowhere" in figure.get_label()
    assert any("✗ add()" in text.get_text() for text in axes.texts)


def test_all_interleavings_that_fail_are_counted():
    counted = counter(add_in_two_steps, add_in_two_steps).count()
    assert 0 < counted.failing < counted.total


def wrong(function, specification=Counter):
    return Program(function, processes=1, shared={"n": 0}, linearizable=specification)


def test_an_unknown_operation_is_told_with_those_that_there_are():
    def ads(shm):
        invoke("ad")
        respond(1)

    with pytest.raises(ValueError, match="Counter has no such operation; it has add, get; did you mean 'add'"):
        wrong(ads).check()


def test_a_second_operation_before_the_response_is_told():
    def twice(shm):
        invoke("add")
        invoke("add")

    with pytest.raises(ValueError, match="P0 invokes add while its last operation has not responded"):
        wrong(twice).check()


@pytest.mark.parametrize("before", [False, True])
def test_a_response_to_nothing_is_told(before):
    def responds(shm):
        if before:
            shm.n = 1
        respond(3)

    with pytest.raises(ValueError, match="P0 responds with 3 to no operation"):
        wrong(responds).check()


def test_what_is_no_plain_data_is_an_exception_of_the_process():
    def gives(shm):
        invoke("add")
        respond({})

    verdict = wrong(gives).check()
    assert verdict.failure.kind == "exception"
    assert "what respond gets is a dict: give numbers, text" in verdict.sentence


@pytest.mark.parametrize(
    ("specification", "words"),
    [
        (3, "give a class whose methods are the operations"),
        (lambda: 3, "give a class whose methods are the operations"),
        (type("Needs", (), {"__init__": lambda self, room: None}), "give an instance of it"),
        (type("Keeps", (), {"__init__": lambda self: setattr(self, "x", object())}), "keeps a object"),
    ],
)
def test_what_is_no_specification_is_told(specification, words):
    with pytest.raises(TypeError, match=words):
        wrong(add_at_once, specification)


def test_an_error_in_a_specification_is_its_own():
    class Typo(Counter):
        def add(self):
            return self.valeu

    with pytest.raises(AttributeError, match="valeu"):
        wrong(add_at_once, Typo).check()


class InADict(dict):
    def write(self, value):
        self["value"] = value

    def read(self):
        return self.get("value", 0)


class InAList(collections.deque):
    write = collections.deque.append


class InTheClass:
    values = []  # noqa: RUF012 - it is this that is refused

    def write(self, value):
        self.values.append(value)


class InSlots:
    __slots__ = ("__dict__", "value")

    def write(self, value):
        self.value = value


class BelowSlots(InSlots):
    pass


class InAVariable:
    def write(self, value):
        global around
        around = value


class InAListAround:
    def write(self, value):
        LIST_AROUND.append(value)


class InAListOfAHelper:
    def write(self, value):
        remember(value)


def remember(value):
    LIST_AROUND.append(value)


class InADefault:
    def write(self, value, values=[]):  # noqa: B006 - it is this that is refused
        values.append(value)


def in_a_function():
    value = 0

    class InAFunction:
        def write(self, new):
            nonlocal value
            value = new

    return InAFunction


LIST_AROUND = []
ELSEWHERE = [
    InADict, InAList, InTheClass, InSlots, BelowSlots, InAVariable, InAListAround, InAListOfAHelper, InADefault,
    in_a_function(),
]  # fmt: skip


def writes(shm):
    invoke("write", 5)
    shm.x = 5
    respond(None)


@pytest.mark.parametrize("specification", ELSEWHERE, ids=lambda one: one.__name__)
def test_a_specification_whose_state_cannot_be_compared_is_refused(specification):
    with pytest.raises(
        TypeError, match=f"{specification.__name__} keeps its state elsewhere than in self: .*; set self"
    ):
        Program(writes, processes=1, shared={"x": 0}, linearizable=specification)


class ChangesItsClass:
    value = 0

    def write(self, value):
        type(self).value = value


def test_a_specification_that_changes_its_class_is_refused():
    with pytest.raises(TypeError, match="write changes the class"):
        Program(writes, processes=1, shared={"x": 0}, linearizable=ChangesItsClass).check()


class TwoNames:
    """A list with two names, which are one list until it is split."""

    def __init__(self):
        self.one = []
        self.other = self.one

    def split(self):
        self.other = list(self.one)

    def push(self):
        self.one.append(1)
        return len(self.other)


@pytest.mark.parametrize(("result", "ok"), [(0, True), (1, False)])
def test_two_names_of_one_list_are_not_two_lists(result, ok):
    def splits(shm):
        invoke("split")
        shm.x += 1
        respond(None)
        invoke("push")
        shm.x += 1
        respond(result)

    assert Program(splits, processes=1, shared={"x": 0}, linearizable=TwoNames).check().ok is ok


@dataclasses.dataclass
class Kept:
    """What may stand in a class: constants, and a list that each instance gets anew."""

    value: int = 0
    history: list = dataclasses.field(default_factory=list)
    NAMES = ("low", "high")

    def write(self, value):
        self.history.append(self.value)
        self.value = value


def test_constants_and_dataclasses_are_no_state_elsewhere():
    assert Program(writes, processes=1, shared={"x": 0}, linearizable=Kept).check().ok
    assert Program(writes, processes=1, shared={"x": 0}, linearizable=Kept(3)).check().ok
