import dataclasses
import itertools
import os
import pathlib
import re
import signal
import subprocess
import sys

import pytest
from lifeline import PATIENCE_S, Lifeline
from replayed import FAILING, lost_updates, structures, undone, walked

from shmlab import Program, Semaphore, ipc, primitives
from shmlab.explorer import ops
from shmlab.explorer.ops import Op
from shmlab.processes import workers
from shmlab.runs.gate import Reply, unpacked
from shmlab.runs.stepped_process import Gated

either = pytest.mark.parametrize("kind", ["posix", "sysv"])
HERE = os.readlink("/proc/self")  # a function that finds another process there is in a replay


@pytest.fixture
def lifeline(tmp_path):
    made = Lifeline(tmp_path)
    yield made
    made.close()


def checked(program, **terms):
    return program.check(progress=False, **terms)


# What a replay gives


@either
@pytest.mark.parametrize("name", FAILING)
def test_a_witness_comes_to_the_same_end_in_real_processes(name, kind):
    make, crashes, fault = FAILING[name]
    program = make()
    verdict = checked(program, crashes=crashes)
    assert verdict.failure.kind == fault
    outcome = program.replay(verdict.witness, ipc=kind, timeout=PATIENCE_S)
    assert (outcome.values, outcome.ok, outcome.ipc) == (verdict.witness.final, False, kind)
    assert outcome.why


def test_a_schedule_that_fails_nowhere_is_ok():
    program = lost_updates(1)
    good = next(witness for witness, ok in (walked(program, seed) for seed in range(100)) if ok)
    outcome = program.replay(good)
    assert (outcome.ok, outcome.why, outcome.values) == (True, "", {"counter": 2})
    assert [end.words for end in outcome.exits] == ["finished", "finished"]
    assert outcome.elapsed_s > 0


@either
def test_a_schedule_of_400_steps(kind):
    program = lost_updates(100)
    witness, _ = walked(program, 1, longest=400)
    assert len(witness.schedule) == 400
    outcome = program.replay(witness, ipc=kind, timeout=PATIENCE_S)
    assert outcome.values == witness.final != {"counter": 200}


def why(name):
    make, crashes, _ = FAILING[name]
    program = make()
    return program.replay(checked(program, crashes=crashes).witness, timeout=PATIENCE_S)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lost updates", "the invariant does not hold"),
        ("spinlock without exchange", "a rule is broken that must always hold"),
        ("two mutexes", "P0 waits to acquire right in line N, P1 waits to acquire left in line N: nobody can go on"),
        ("polite", "P0 and P1 can go round for ever, steps 5 to 10"),
        ("endless", "P0 loops without a step for 200,000 rounds in line N"),
        ("exceptions", "P0 raised ZeroDivisionError: integer division or modulo by zero (at replayed.py, line N)"),
        ("exit code", "P1 ended with exit code 2"),
        ("stuck behind a dead one", "P1 waits to acquire lock in line N: nobody can go on"),
    ],
)
def test_the_failure_is_told_in_words(name, words):
    assert re.sub(r"line \d+", "line N", why(name).why) == words


def test_the_words_of_an_assertion_in_the_invariant_are_told():
    def broken(shm):
        raise AssertionError("too small")

    def store(shm):
        shm.n = 1

    program = Program(store, processes=1, shared={"n": 0}, invariant=broken)
    assert program.replay(checked(program).witness).why == "the invariant does not hold: too small"


def test_who_was_killed_is_really_dead_and_its_mutex_says_so():
    ends = [end.signal for end in why("held by a dead one").exits]
    assert ends == [signal.SIGKILL, None, None]


def test_who_is_stuck_is_ended_and_says_where_it_stood():
    ends = [re.sub(r"\d+$", "N", end.words) for end in why("two semaphores").exits]
    assert ends == [
        "was ended by the replay, as it waits to acquire right in line N",
        "was ended by the replay, as it waits to acquire left in line N",
    ]


def test_what_it_prints_is_heard():
    def say(shm, rank):
        shm.n = rank
        print("x" * 100_000)
        print("process", rank, "stored", shm.n)

    program = Program(say, processes=2, shared={"n": 0}, invariant=lambda shm: shm.n == 1)
    output = program.replay(checked(program).witness).output
    assert [text.split()[1:] for text in output] == [["process", "0", "stored", "0"], ["process", "1", "stored", "1"]]


def test_functions_without_a_step_are_replayed_too():
    program = Program(lambda: None, processes=2, shared={"n": 0}, invariant=lambda shm: shm.n)
    assert program.replay(checked(program).witness).values == {"n": 0}


def test_a_program_without_shared_fields_is_replayed():
    def take(units):
        units.acquire()

    program = Program(take, processes=2, shared={}, sync={"units": Semaphore(1)})
    assert program.replay(checked(program).witness).values == {}


def test_undo_is_system_v_s():
    program = undone()
    witness = next(
        witness
        for witness, _ in (walked(program, seed, crashes=1) for seed in range(1000))
        if witness.final == {"n": 2, "m": 1} and "is killed" in [step.words for step in witness.steps]
    )
    outcome = program.replay(witness, ipc="sysv")
    assert (outcome.values, outcome.why) == ({"n": 2, "m": 1}, "the invariant does not hold")
    with pytest.raises(NotImplementedError, match="POSIX semaphores have no undo"):
        program.replay(witness, ipc="posix")


# What is refused


def test_a_witness_under_tso_is_drawn_and_not_replayed():
    def enter(shm, rank):
        shm.wants[rank] = 1
        shm.inside[rank] = shm.wants[1 - rank] == 0

    program = Program(
        enter, processes=2, shared={"wants": [0, 0], "inside": [0, 0]}, invariant=lambda shm: sum(shm.inside) < 2
    )
    with pytest.raises(ValueError, match="under TSO: it is drawn, not replayed, as no program can force"):
        program.replay(checked(program, memory="tso").witness)


def test_what_is_no_witness_is_refused():
    program = lost_updates()
    verdict = checked(program)
    for wrong in (None, verdict, verdict.witness.schedule):
        with pytest.raises(TypeError, match=r"give verdict\.witness"):
            program.replay(wrong)
    with pytest.raises(ValueError, match="choose"):
        program.replay(verdict.witness, ipc="pipe")
    with pytest.raises(ValueError, match="timeout is 0"):
        program.replay(verdict.witness, timeout=0)
    with pytest.raises(ValueError, match="tells 11 steps of a schedule of 12"):
        program.replay(dataclasses.replace(verdict.witness, steps=verdict.witness.steps[1:]))


# A schedule that does not fit


def test_another_program_s_witness_names_the_step():
    witness = checked(lost_updates(2)).witness
    last = len(witness.steps)
    with pytest.raises(
        RuntimeError, match=rf"^step \d of {last} \(P\d .+\): expected a move .* found that P\d finished"
    ):
        lost_updates(1).replay(witness)
    with pytest.raises(RuntimeError, match=r"^step 1 of .*: expected load counter; found load here\.x in this program"):
        structures().replay(witness)


def test_another_initial_value_names_the_step():
    def add(shm):
        shm.n += 1

    program, other = (Program(add, processes=2, shared={"n": n}, invariant=lambda shm: False) for n in (0, 5))
    with pytest.raises(RuntimeError, match=r"^step 1 of 4 \(P0 load n → 0\): expected n = 0; found n = 5 in this"):
        other.replay(checked(program).witness)


def test_a_reordered_schedule_names_the_step():
    program = FAILING["two mutexes"][0]()
    witness = checked(program).witness
    wrong = dataclasses.replace(
        witness, schedule=(*witness.schedule, (1, "go")), steps=witness.steps + witness.steps[:1]
    )
    with pytest.raises(RuntimeError, match=r"^step 3 of 3 .*: expected a move .*; found that P1 waits to acquire left"):
        program.replay(wrong)
    wrong = dataclasses.replace(witness, schedule=((7, "go"),), steps=witness.steps[:1])
    with pytest.raises(RuntimeError, match=r"^step 1 of 1 .* found no P7 in this program"):
        program.replay(wrong)


def odd_in_a_replay(odd):
    """A program whose processes do `odd(shm)` after their first store, in a replay only; and its witness."""

    def store(shm, units):
        shm.n = 1
        if os.readlink("/proc/self") != HERE:
            odd(shm)
        shm.n = 2

    program = Program(store, processes=1, shared={"n": 0}, sync={"units": Semaphore(3)}, invariant=lambda shm: False)
    return program, checked(program).witness


def load_in_between(shm):
    shm.n += 1


def store_another(shm):
    shm.n = 7


def fail(shm):
    raise LookupError("only here")


def finish(shm):
    raise SystemExit


def fall(shm):
    import posix

    posix._exit(3)


def scribble(shm):
    """Change the segment past the gate."""
    for path in pathlib.Path("/dev/shm").iterdir():
        if path.stat().st_size == 8:
            path.write_bytes(bytes([9] * 8))


def post(shm):
    """Give the semaphore a unit past the gate."""
    import posix_ipc

    for path in pathlib.Path("/dev/shm").glob("sem.*"):
        posix_ipc.Semaphore(f"/{path.name[4:]}").release()


@pytest.mark.usefixtures("private_namespaces")
@pytest.mark.parametrize(
    ("odd", "found"),
    [
        (load_in_between, "expected P0 before its store n ← .*; found it before its load n"),
        (store_another, "expected P0 before its store n ← bytes 02 .*; found it before its store n ← bytes 07 "),
        (fail, "expected P0 before its store n .*; found it raised LookupError: only here"),
        (finish, "expected P0 before its store n .*; found it finished"),
        (fall, "expected every process at its next operation; found that P0 ended with exit code 3"),
        (scribble, "expected n = 1 in the segment; found n = 651061555542690057"),
        (post, "expected units with 3 units; found it with 4"),
    ],
)
def test_a_process_that_does_something_else_is_found_out(odd, found):
    program, witness = odd_in_a_replay(odd)
    with pytest.raises(RuntimeError, match=rf"^step 1 of 2 \(P0 store n ← 1\): {found}"):
        program.replay(witness, timeout=PATIENCE_S)


def test_a_process_that_goes_on_differently_from_the_start_is_found_out():
    def store(shm):
        if os.readlink("/proc/self") != HERE:
            fail(shm)
        shm.n = 1

    program = Program(store, processes=2, shared={"n": 0}, invariant=lambda shm: False)
    with pytest.raises(RuntimeError, match=r"^before the first step: expected P0 .* found it raised LookupError"):
        program.replay(checked(program).witness)


def test_a_process_that_never_comes_to_its_next_step_is_ended_at_the_deadline():
    def hang(shm):
        sum(itertools.repeat(0))

    program, witness = odd_in_a_replay(hang)
    with pytest.raises(TimeoutError, match=r"^step 1 of 2 .* found that P0 was ended after its deadline of 0\.5 s"):
        program.replay(witness, timeout=0.5)


# Interrupts and deaths

LEARNER = """
import os, select, sys
import lifeline
from shmlab import Mutex, Program, Semaphore

LIFELINE, IPC = sys.argv[1:]
HERE = os.readlink("/proc/self")

def wait(shm, mutex, units):
    mutex.acquire()
    units.acquire()
    shm.n = 1
    if os.readlink("/proc/self") != HERE:
        lifeline.hold(LIFELINE)
        select.select([], [], [])
    shm.n = 2

program = Program(wait, processes=2, shared={"n": 0}, sync={"mutex": Mutex(), "units": Semaphore(2)},
                  invariant=lambda shm: False)
witness = program.check(progress=False).witness
try:
    program.replay(witness, ipc=IPC, timeout=None)
except KeyboardInterrupt:
    print("interrupted")
"""


def learner(tmp_path, lifeline, kind):
    """A process in the middle of a replay, one of whose processes holds the lifeline and stands still."""
    script = tmp_path / "learner.py"
    script.write_text(LEARNER)
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", str(script), lifeline.path, kind],
        env=os.environ | {"PYTHONPATH": str(pathlib.Path(__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lifeline.wait_for_holders(1)
    return process


@either
def test_ctrl_c_in_the_middle_ends_the_processes_and_leaves_nothing(kind, lifeline, tmp_path):
    with learner(tmp_path, lifeline, kind) as process:
        try:
            process.send_signal(signal.SIGINT)
            lifeline.wait_for_release()
            assert process.communicate(timeout=PATIENCE_S)[0] == "interrupted\n"
        finally:
            process.kill()


@pytest.fixture
def records(tmp_path, monkeypatch):
    """A folder for the records of the killed, and of nobody else."""
    monkeypatch.setenv("SHMLAB_STATE", str(tmp_path))
    yield tmp_path
    ipc.ledger.close()


@either
def test_its_processes_die_with_it(kind, lifeline, tmp_path, records):
    with learner(tmp_path, lifeline, kind) as process:
        process.kill()
        lifeline.wait_for_release()
        process.communicate(timeout=PATIENCE_S)
    assert len(ipc.clean()) == 3  # the memory, the control segment and the semaphore


def test_a_replay_inside_of_a_worker_leaves_nothing():
    def nested():
        program = lost_updates(1)
        return program.replay(checked(program).witness).values

    assert workers.start(nested).result() == {"counter": 1}


# The gate


@pytest.mark.parametrize(
    "reply",
    [
        Reply(False, None, Op(ops.END)),
        Reply(False, b"\x01\x02", Op("store", 2**40, 2, (b"\xff\xfe",))),
        Reply(False, bytes(8), Op("load", 8, 8)),
        Reply(False, 2**64 - 1, Op("compare_exchange", 0, 8, (0, 2**64 - 1))),
        Reply(False, True, Op("fetch_add", 3, 1, (255,))),
        Reply(False, ops.OWNER_DIED, Op("acquire", 1, 0, (True,))),
        Reply(True, None, Op("wait", 2, 0, (False,))),
        Reply(False, 0, Op(ops.RAISE, values=("Fehler\N{SNOWMAN}",))),
        Reply(False, False, Op("fence")),
    ],
)
def test_a_reply_survives_its_journey(reply):
    found = unpacked(reply.packed())
    assert found == reply
    assert type(found.seen) is type(reply.seen)


@pytest.mark.skipif(not primitives.native_atomics(), reason="compares with the native atomics")
@pytest.mark.parametrize("size", [1, 2, 4, 8])
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("fetch_add", (200,)),
        ("exchange", (3,)),
        ("compare_exchange", (77, 5)),
        ("compare_exchange", (78, 5)),
        ("load_acquire", ()),
        ("store_release", (b"\x07",)),
    ],
)
def test_without_a_compiler_atomics_do_the_same(kind, values, size, monkeypatch):
    def done():
        memory = bytearray([77, *bytes(15)])
        process = Gated(None, memoryview(memory), [], [], 0, None, {})
        padded = tuple(value.ljust(size, b"\0") if isinstance(value, bytes) else value for value in values)
        return getattr(process, f"_{kind}")(Op(kind, 0, size, padded), (0, 0)), memory

    native = done()
    monkeypatch.setattr(primitives, "_native", None)
    plain = done()
    assert plain == native
    assert type(plain[0]) is type(native[0])


# Often


@pytest.mark.stress
@either
def test_100_of_100_replays_end_as_the_witness_does(kind):
    corpus = [(make, crashes) for make, crashes, _ in FAILING.values()]
    corpus = [*corpus, (undone, 1)] if kind == "sysv" else corpus
    done = 0
    for seed in range(100):
        make, crashes = corpus[seed % len(corpus)]
        program = make()
        witness, ok = walked(program, seed, crashes)
        outcome = program.replay(witness, ipc=kind, timeout=PATIENCE_S)
        done += (outcome.values, outcome.ok) == (witness.final, ok)
    assert done == 100


@pytest.mark.stress
@either
def test_the_smallest_witness_of_2_times_100_increments(kind):
    program = lost_updates(100)
    witness = checked(program).witness
    assert len(witness.schedule) == 400
    outcome = program.replay(witness, ipc=kind, timeout=PATIENCE_S)
    assert (outcome.values, outcome.ok) == (witness.final, False)
