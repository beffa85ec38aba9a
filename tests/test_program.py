import ctypes
import functools
import os
import signal
import subprocess
import sys
import time

import pytest
from lifeline import PATIENCE_S, Lifeline

from shmlab import Barrier, Condition, Mutex, Program, Semaphore, buffer, fetch_add, primitives
from shmlab.ipc import OwnerDied
from shmlab.processes import workers
from shmlab.runs import stage

either = pytest.mark.parametrize("ipc", ["posix", "sysv"])
two_processors = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="a race needs two processors")


@pytest.fixture
def lifeline(tmp_path):
    made = Lifeline(tmp_path)
    yield made
    made.close()


def increment(shm):
    shm.counter += 1


def increment_often(shm, lock):
    for _ in range(100):
        with lock:
            shm.counter += 1


def nothing():
    pass


def run(function, *, ipc="posix", processes=2, shared=None, timeout=PATIENCE_S, pin=False, **rest):
    return Program(function, processes=processes, shared={"counter": 0} if shared is None else shared, **rest).run(
        ipc=ipc, timeout=timeout, pin=pin
    )


# What a run gives


@either
@pytest.mark.parametrize("lock", [Semaphore(1), Mutex()])
def test_a_run_says_what_became_of_the_memory(lock, ipc):
    outcome = run(increment_often, ipc=ipc, sync={"lock": lock}, invariant=lambda shm: shm.counter == 200)
    assert (outcome.values, outcome.ok, outcome.why, outcome.ipc) == ({"counter": 200}, True, "", ipc)
    assert [end.words for end in outcome.exits] == ["finished", "finished"]
    assert 0 < outcome.elapsed_s < PATIENCE_S


@either
def test_each_process_learns_its_rank(ipc):
    def sign(shm, rank):
        shm.seats[rank] = rank + 10

    assert run(sign, ipc=ipc, processes=5, shared={"seats": [0] * 5}).values == {"seats": [10, 11, 12, 13, 14]}


def test_a_list_of_functions_gives_each_process_its_own():
    def write(shm, sent):
        shm.message = 7
        sent.release()

    def read(shm, sent):
        sent.acquire()
        shm.seen = shm.message

    program = Program([write, read], shared={"message": 0, "seen": 0}, sync={"sent": Semaphore(0)})
    assert program.processes == 2
    assert program.title == "write, read"
    assert program.run().values == {"message": 7, "seen": 7}


@either
def test_a_run_may_be_one_process(ipc):
    assert run(increment, ipc=ipc, processes=1).values == {"counter": 1}


def test_a_function_need_not_take_anything():
    assert run(nothing).ok


@either
def test_nothing_need_be_shared(ipc):
    outcome = run(nothing, ipc=ipc, shared={})
    assert (outcome.ok, outcome.values) == (True, {})


def test_parameters_with_defaults_keep_them():
    def add(shm, *, amount=5, rank):
        shm.added[rank] = amount + rank

    assert run(add, shared={"added": [0, 0]}).values == {"added": [5, 6]}


def test_a_partial_function_is_a_function():
    def add(shm, rank, amount):
        shm.added[rank] = amount

    program = Program(functools.partial(add, amount=4), processes=2, shared={"added": [0, 0]})
    assert "add" in program.title
    assert [outcome.values["added"] for outcome in program.run(times=2, progress=False)] == [[4, 4]] * 2


def test_a_callable_object_is_a_function():
    class Adder:
        def __call__(self, shm, rank):
            shm.added[rank] = 1

    program = Program(Adder(), processes=2, shared={"added": [0, 0]})
    assert "Adder" in repr(program)
    assert program.run(times=1, progress=False)[0].values == {"added": [1, 1]}


@either
def test_integers_lists_and_bytes_are_shared(ipc):
    def change(shm, rank):
        if rank == 0:
            shm.number = -1
            shm.row[2] = 2**63 - 1
        else:
            shm.text[0] = ord("H")

    shared = {"number": 2**63 - 1, "row": [1, -2, 3], "text": b"hello"}
    found = run(change, ipc=ipc, shared=shared)
    assert found.values == {"number": -1, "row": [1, -2, 2**63 - 1], "text": b"Hello"}


@either
def test_a_structure_is_shared_with_its_content(ipc):
    class Account(ctypes.Structure):
        _fields_ = (("balance", ctypes.c_int32), ("open", ctypes.c_uint8, 1), ("history", ctypes.c_int16 * 3))

        def deposit(self, amount):
            self.balance += amount

    def deposit(shm, rank):
        if rank == 0:
            shm.deposit(-50)
        else:
            shm.history[1] = 9

    initial = Account(100, 1, (1, 2, 3))
    found = run(deposit, ipc=ipc, shared=initial)
    assert found.values == {"balance": 50, "open": 1, "history": [1, 9, 3]}
    assert initial.balance == 100


@either
def test_every_run_begins_with_the_initial_content(ipc):
    outcomes = Program(increment, processes=1, shared={"counter": 5}).run(ipc=ipc, times=3, progress=False)
    assert [outcome.values for outcome in outcomes] == [{"counter": 6}] * 3


def test_every_run_begins_with_fresh_globals():
    seen = []

    def look(shm):
        seen.append(1)
        shm.counter = len(seen)

    outcomes = Program(look, processes=1, shared={"counter": 0}).run(times=2, progress=False)
    assert ([outcome.values["counter"] for outcome in outcomes], seen) == ([1, 1], [])


def test_the_raw_bytes_are_the_same_memory():
    def poke(shm):
        buffer(shm)[0] = 42

    assert run(poke, processes=1).values == {"counter": 42}


def test_an_unknown_field_is_an_error_in_the_process():
    def misspell(shm):
        shm.conter = 1

    outcome = run(misspell, processes=1)
    assert not outcome.ok
    assert "conter" in outcome.exits[0].words


def test_integers_wrap_as_in_c():
    def overflow(shm):
        shm.counter += 1

    assert run(overflow, processes=1, shared={"counter": 2**63 - 1}).values == {"counter": -(2**63)}


def test_output_is_kept_by_process_and_shown_in_the_order_of_the_world(capfd):
    def speak(rank, turns):
        for line in range(50):
            turns[rank].acquire()
            print("line", line)
            turns[1 - rank].release()

    outcome = run(speak, sync={"turns": [Semaphore(1), Semaphore(0)]})
    text = "".join(f"line {line}\n" for line in range(50))
    assert outcome.output == (text, text)
    assert capfd.readouterr().out == "".join(f"[P{rank}] line {line}\n" for line in range(50) for rank in range(2))


# Synchronization


@either
@pytest.mark.parametrize("lock", [[Semaphore(1)], [Mutex()]])
def test_a_list_of_locks_is_a_list(lock, ipc):
    def add(shm, locks):
        for _ in range(50):
            with locks[1]:
                shm.counter += 1

    assert run(add, ipc=ipc, sync={"locks": lock * 2}).values == {"counter": 100}


@either
def test_a_condition_wakes_who_waits_for_it(ipc):
    def ping_pong(shm, rank, mutex, changed):
        for _ in range(20):
            with mutex:
                while shm.counter % 2 != rank:
                    changed.wait()
                shm.counter += 1
                changed.notify_all()

    sync = {"changed": Condition("mutex"), "mutex": Mutex()}
    assert run(ping_pong, ipc=ipc, sync=sync).values == {"counter": 40}


@either
def test_lists_of_conditions_share_one_mutex(ipc):
    def ping_pong(shm, rank, mutex, turn):
        for _ in range(20):
            with mutex:
                while shm.counter % 2 != rank:
                    turn[rank].wait()
                shm.counter += 1
                turn[1 - rank].notify()

    sync = {"turn": [Condition("mutex"), Condition("mutex")], "mutex": Mutex()}
    assert run(ping_pong, ipc=ipc, sync=sync).values == {"counter": 40}


def test_a_list_may_mix_its_kinds():
    def take(shm, mixed, mutex):
        with mixed[0], mutex:
            shm.counter += 1
            mixed[1].notify_all()

    sync = {"mixed": [Semaphore(1), Condition("mutex")], "mutex": Mutex()}
    assert run(take, sync=sync).values == {"counter": 2}


@either
def test_a_barrier_parts_the_rounds(ipc):
    def rounds(shm, rank, gate):
        for turn in range(10):
            shm.steps[rank] = turn
            gate.wait()
            shm.late += any(step != turn for step in shm.steps)
            gate.wait()

    found = run(rounds, ipc=ipc, processes=3, shared={"steps": [0] * 3, "late": 0}, sync={"gate": Barrier(3)})
    assert found.values == {"steps": [9, 9, 9], "late": 0}


@either
def test_a_wait_can_time_out(ipc):
    def wait(shm, never, rank):
        try:
            never.acquire(timeout=0.01)
        except TimeoutError:
            shm.late[rank] = not never.try_acquire()

    assert run(wait, ipc=ipc, shared={"late": [0, 0]}, sync={"never": Semaphore(0)}).values == {"late": [1, 1]}


def test_errors_name_a_lock_as_the_learner_does():
    def wait(never):
        never[1].acquire(timeout=0)

    outcome = run(wait, processes=1, sync={"never": [Semaphore(0), Semaphore(0)]})
    assert "'never[1]'" in outcome.exits[0].words


@either
def test_a_mutex_tells_of_the_death_of_its_owner(ipc):
    def die_or_learn(shm, rank, mutex, held):
        if rank == 0:
            mutex.acquire()
            held.release()
            os.kill(os.getpid(), signal.SIGKILL)
        held.acquire()
        try:
            mutex.acquire()
        except OwnerDied:
            mutex.consistent()
            mutex.release()
            shm.counter = 1

    outcome = run(die_or_learn, ipc=ipc, sync={"mutex": Mutex(), "held": Semaphore(0)})
    assert outcome.values == {"counter": 1}
    assert [end.signal for end in outcome.exits] == [signal.SIGKILL, None]


# What must hold


def test_an_invariant_that_does_not_hold_is_said():
    outcome = run(increment, processes=1, invariant=lambda shm: shm.counter == 2)
    assert (outcome.ok, outcome.why) == (False, "the invariant does not hold")
    assert "not ok: the invariant does not hold; counter = 1" in repr(outcome)


def test_an_invariant_may_assert():
    def invariant(shm):
        assert shm.counter == 2, f"one is missing: {shm.counter}"
        return True

    why = run(increment, processes=1, invariant=invariant).why
    assert why.startswith("the invariant does not hold: one is missing: 1")


def test_an_invariant_that_fails_itself_raises_and_leaves_nothing():
    with pytest.raises(ZeroDivisionError, match="the invariant itself failed on counter = 1"):
        run(increment, processes=1, invariant=lambda shm: 1 / 0)


def test_an_invariant_may_raise_whatever_it_likes():
    class Picky(Exception):
        def __init__(self, one, two):
            super().__init__(one, two)

    def invariant(shm):
        raise Picky("one", "two")

    with pytest.raises(Picky):
        run(increment, processes=1, invariant=invariant)


def test_a_misspelt_field_in_an_invariant_is_an_error():
    with pytest.raises(AttributeError, match="conter"):
        run(increment, processes=1, invariant=lambda shm: shm.conter == 2)


def test_an_invariant_is_not_asked_when_a_process_failed():
    outcome = run(lambda: os._exit(3), processes=1, invariant=lambda shm: 1 / 0)
    assert outcome.why == "P0 ended with exit code 3"


# How processes end


def test_an_exception_in_a_process_is_told_with_the_learners_line():
    def divide(rank):
        return 1 // rank

    outcome = run(divide)
    line = divide.__code__.co_firstlineno + 1
    assert outcome.exits[0].words.startswith("raised ZeroDivisionError")
    assert outcome.exits[0].words.endswith(f"(at test_program.py, line {line})")
    assert outcome.exits[1].ok
    assert "return 1 // rank" in repr(outcome)


def test_one_that_waits_for_ever_is_ended_at_the_timeout():
    def wait(never):
        never.acquire()

    outcome = run(wait, sync={"never": Semaphore(0)}, timeout=1)
    assert [end.ok for end in outcome.exits] == [False, False]
    assert "P0 was ended after its deadline of 1 s" in outcome.why
    assert outcome.elapsed_s > 0


class Fatal:
    """It ends the process that unpickles it, which is before the start line."""

    def __reduce__(self):
        return os._exit, (3,)


@either
def test_one_that_dies_before_the_start_line_ends_the_run(ipc):
    fatal = Fatal()

    def fall(shm):
        return fatal

    outcome = Program([increment, fall, increment], shared={"counter": 0}).run(ipc=ipc, timeout=None)
    assert outcome.exits[1].words == "ended with exit code 3"
    assert outcome.values == {"counter": 0}
    assert outcome.elapsed_s == 0


def test_who_waited_for_one_that_died_before_the_start_line_is_not_said_to_be_killed_by_somebody():
    fatal = Fatal()
    outcome = Program([increment, lambda shm: fatal], shared={"counter": 0}).run()
    assert not outcome.exits[0].ok
    assert "kill -9" not in outcome.exits[0].words


def test_a_function_that_cannot_be_sent_is_a_type_error_and_leaves_nothing():
    with open(__file__, "rb") as file, pytest.raises(TypeError, match="P0 cannot be sent"):
        run(lambda: file.read())


def test_kernel_objects_go_when_the_run_is_interrupted_at_its_worst_moment(monkeypatch):
    def interrupted(stage, group):
        line = stage._lines[0]
        if not line.unused[0]:
            raise KeyboardInterrupt

    monkeypatch.setattr(stage.Stage, "hopeless", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(increment)


@either
def test_ctrl_c_ends_the_processes_and_leaves_nothing(ipc, lifeline, tmp_path):
    script = tmp_path / "learner.py"
    script.write_text("""
import sys
import lifeline
from shmlab import Mutex, Program, Semaphore

LIFELINE, IPC = sys.argv[1:]

def wait(shm, never, mutex):
    lifeline.hold(LIFELINE)
    never.acquire()

try:
    program = Program(wait, processes=2, shared={"n": 0}, sync={"never": Semaphore(0), "mutex": Mutex()})
    program.run(ipc=IPC, timeout=None)
except KeyboardInterrupt:
    print("interrupted")
""")
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", str(script), lifeline.path, ipc],
        env=os.environ | {"PYTHONPATH": os.path.dirname(__file__)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            lifeline.wait_for_holders(2)
            process.send_signal(signal.SIGINT)
            lifeline.wait_for_release()
            assert process.communicate(timeout=PATIENCE_S)[0] == "interrupted\n"
        finally:
            process.kill()


def test_a_run_inside_of_a_worker_leaves_nothing(lifeline):
    def nested():
        return run(increment, processes=1).values

    assert workers.start(nested).result() == {"counter": 1}


# Many runs


def test_many_runs_are_counted():
    def flip(shm, rank, first):
        if first.try_acquire():
            shm.winner = rank

    outcomes = Program(
        flip,
        processes=2,
        shared={"winner": -1},
        sync={"first": Semaphore(1)},
        invariant=lambda shm: shm.winner == 0,
    ).run(times=20, progress=False)
    zeros = sum(outcome.values["winner"] == 0 for outcome in outcomes)
    assert len(outcomes) == 20
    assert outcomes.failed == 20 - zeros
    counts = {(f"winner = {winner}", winner == 0): runs for winner, runs in ((0, zeros), (1, 20 - zeros)) if runs}
    assert {(words, not why): runs for words, why, runs in outcomes.counts()} == counts
    assert f"flip × 2: {20 - zeros} of 20 runs failed" in repr(outcomes)


@pytest.mark.parametrize(("times", "others"), [(13, "1 other result"), (15, "3 other results")])
def test_a_table_of_many_results_is_kept_short(times, others):
    def draw(shm):
        shm.number = int.from_bytes(os.urandom(6), "little")

    outcomes = Program(draw, processes=1, shared={"number": 0}).run(times=times, progress=False)
    assert len(outcomes.table().rows) == 13
    assert outcomes.table().rows[-1] == (others, others[0], "")


def test_outcomes_are_a_sequence():
    outcomes = Program(increment, processes=1, shared={"counter": 0}).run(times=3, progress=False)
    assert outcomes[0] is next(iter(outcomes))
    assert len(outcomes[1:]) == 2


@pytest.mark.parametrize("pin", [True, False])
def test_pinned_processes_have_a_processor_each(pin):
    def look(shm, rank):
        cpus = os.sched_getaffinity(0)
        shm.count[rank], shm.cpu[rank] = len(cpus), min(cpus)

    allowed = sorted(os.sched_getaffinity(0))
    values = run(look, shared={"count": [0, 0], "cpu": [0, 0]}, pin=pin).values
    assert values["count"] == ([1, 1] if pin else [len(allowed)] * 2)
    assert not pin or values["cpu"] == [allowed[0], allowed[1 % len(allowed)]]


# Misuse


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"functions": increment}, "processes is missing"),
        ({"functions": increment, "processes": 2.0}, "processes is 2.0: give a whole number"),
        ({"functions": increment, "processes": True}, "processes is True: give a whole number"),
        ({"functions": increment, "processes": "2"}, "processes is '2'"),
        ({"functions": [increment, 3]}, "3 is no function"),
        ({"functions": 3, "processes": 2}, "3 is no function"),
        ({"functions": None, "processes": 2}, "None is no function"),
        ({"functions": lambda shm, lok: 0, "processes": 2, "sync": {"lock": Mutex()}}, "'lok' names nothing.*'lock'"),
        ({"functions": lambda *args: 0, "processes": 2}, r"parameter \*args cannot be filled"),
        ({"functions": lambda **rest: 0, "processes": 2}, r"parameter \*\*rest cannot be filled"),
        ({"functions": lambda shm, /: 0, "processes": 2}, "parameter shm cannot be filled"),
        ({"functions": nothing, "processes": 2, "shared": None}, "shared is None"),
        ({"functions": nothing, "processes": 2, "shared": [1]}, r"shared is \[1\]"),
        ({"functions": nothing, "processes": 2, "shared": {"x": 1.5}}, "'x' is 1.5"),
        ({"functions": nothing, "processes": 2, "sync": {"lock": Mutex}}, "sync holds <class .*Mutex.*>: declare"),
        ({"functions": nothing, "processes": 2, "sync": {"lock": [[Mutex()]]}}, "sync holds"),
        ({"functions": nothing, "processes": 2, "sync": Mutex()}, "sync is Mutex"),
        ({"functions": nothing, "processes": 2, "sync": [Mutex()]}, "sync is "),
        ({"functions": nothing, "processes": 2, "invariant": True}, "invariant is True: give a function"),
    ],
)
def test_a_program_of_the_wrong_types_is_a_type_error(arguments, words):
    with pytest.raises(TypeError, match=words):
        Program(**{"shared": {"counter": 0}} | arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"processes": 0}, "processes is 0: give 1 to"),
        ({"processes": -1}, "processes is -1: give 1 to"),
        ({"processes": 65}, "processes is 65: give 1 to 64"),
        ({"functions": []}, "the list of functions is empty"),
        ({"functions": [nothing], "processes": 2}, "the list has 1 functions"),
        ({"functions": [nothing] * 65}, "64"),
        ({"processes": 2, "sync": {"shm": Mutex()}}, "sync 'shm'"),
        ({"processes": 2, "sync": {"rank": Mutex()}}, "sync 'rank'"),
        ({"processes": 2, "sync": {"a b": Mutex()}}, "sync 'a b'"),
        ({"processes": 2, "sync": {1: Mutex()}}, "sync 1"),
        ({"processes": 2, "sync": {"c": Condition("mutex")}}, "needs a Mutex.* 'mutex'"),
        ({"processes": 2, "sync": {"c": Condition(Mutex())}}, r"Condition\(mutex=Mutex\(\)\) needs a Mutex"),
        ({"processes": 2, "sync": {"c": Condition("s"), "s": Semaphore(1)}}, "needs a Mutex.* 's'"),
        ({"processes": 2, "shared": {"a b": 1}}, "'a b'"),
    ],
)
def test_a_program_of_the_wrong_values_is_a_value_error(arguments, words):
    with pytest.raises(ValueError, match=words):
        Program(**{"functions": nothing, "shared": {"counter": 0}} | arguments)


def test_a_builtin_without_a_signature_is_an_error_that_names_it():
    with pytest.raises((TypeError, ValueError), match="int"):
        Program(int, processes=2, shared={"counter": 0})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ipc": "pipes"}, 'ipc is \'pipes\': choose "posix" or "sysv"'),
        ({"times": 0}, "times is 0: give a whole number from 1 up"),
        ({"times": True}, "times is True"),
        ({"times": 2.5}, "times is 2.5"),
        ({"timeout": 0}, "timeout is 0"),
        ({"timeout": -1}, "timeout is -1"),
        ({"timeout": "soon"}, "timeout is 'soon'"),
    ],
)
def test_a_run_with_wrong_options_is_refused(options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        Program(nothing, processes=2, shared={"counter": 0}).run(**options)


def test_a_far_timeout_is_no_problem():
    assert run(increment, processes=1, timeout=3e6).ok


def test_a_program_says_what_it_is():
    program = Program(increment, processes=3, shared={"counter": 0}, sync={"lock": Mutex()})
    assert repr(program) == "<Program increment × 3; counter = 0; sync: lock>"


# Lost updates


def unprotected(shm, rank):
    began = time.process_time()
    for _ in range(100_000):
        shm.counter += 1
    shm.worked_ms[rank] = int(1000 * (time.process_time() - began))


@two_processors
def test_without_protection_updates_are_lost_in_every_run():
    program = Program(unprotected, processes=2, shared={"counter": 0, "worked_ms": [0, 0]})
    outcomes = program.run(times=20, timeout=PATIENCE_S, pin=True, progress=False)
    assert all(outcome.ok for outcome in outcomes)
    lossless = [outcome for outcome in outcomes if outcome.values["counter"] == 200_000]
    # Where others keep both processors busy, the two may take turns for once, and lose nothing.
    side_by_side = [one for one in lossless if 1000 * one.elapsed_s < 1.5 * max(one.values["worked_ms"])]
    assert side_by_side == []
    assert len(lossless) <= 5


PROTECTIONS = {
    "POSIX semaphore": ("posix", Semaphore(1)),
    "System V semaphore": ("sysv", Semaphore(1)),
    "mutex": ("posix", Mutex()),
    "mutex in a System V segment": ("sysv", Mutex()),
    "atomic": ("posix", None),
    "atomic in a System V segment": ("sysv", None),
}


def protected_runs(protection, *, increments, times):
    """The final counters of `times` runs of two processes."""
    ipc, lock = PROTECTIONS[protection]
    if lock is None and not primitives.native_atomics():
        pytest.skip("no C compiler was there, so there are no native atomics")

    def locked(shm, lock):
        for _ in range(increments):
            with lock:
                shm.counter += 1

    def atomic(shm):
        for _ in range(increments):
            fetch_add(shm, "counter", 1)

    function, sync = (locked, {"lock": lock}) if lock else (atomic, {})
    program = Program(function, processes=2, shared={"counter": 0}, sync=sync)
    outcomes = program.run(ipc=ipc, times=times, timeout=300, progress=False)
    return {outcome.values["counter"] for outcome in outcomes}


@pytest.mark.parametrize("protection", PROTECTIONS)
def test_with_protection_none_is_lost(protection):
    assert protected_runs(protection, increments=1000, times=10) == {2000}


@pytest.mark.stress
@pytest.mark.parametrize("protection", PROTECTIONS)
@pytest.mark.parametrize(("increments", "times"), [(1000, 200), (100_000, 1)])
def test_with_protection_none_is_ever_lost(protection, increments, times):
    assert protected_runs(protection, increments=increments, times=times) == {2 * increments}


def test_a_mutex_held_when_its_function_fails_is_told_to_the_next_one():
    def fails(mutex, inside):
        mutex.acquire()
        inside.release()
        raise ValueError("a bad number")

    def follows(mutex, inside):
        inside.acquire()
        mutex.acquire()

    outcome = Program([fails, follows], shared={}, sync={"mutex": Mutex(), "inside": Semaphore(0)}).run()
    assert "OwnerDied" in outcome.exits[1].words
