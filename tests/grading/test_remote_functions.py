"""A learner's functions in a process of their own give the same verdicts and witnesses as in this interpreter."""

import ctypes
import linecache

import pytest

from shmlab import Condition, Mutex, Program, Semaphore, fetch_add
from shmlab.grading.inside_sandbox.learner_process import cell_file
from shmlab.grading.results import Ended
from shmlab.grading.sandbox.remote_functions import RemoteFunction
from shmlab.grading.sandbox.sandbox import Sandbox
from shmlab.grading.sandbox.zygote import Zygote
from shmlab.grading.submissions.source_notebook import remember_lines

LEARNERS = """from shmlab import fetch_add, compare_exchange
import os
import random
import struct
import threading
import shmlab


def racy(shm):
    for _ in range(2):
        shm.counter += 1


def safe(shm, lock):
    for _ in range(3):
        with lock:
            shm.counter += 1


def sell(shm, lock):
    if shm.free > 0:
        with lock:
            shm.free -= 1
        return True
    return False


def endless(shm):
    while True:
        pass


def both(shm, a, b, rank):
    first, second = (a, b) if rank else (b, a)
    with first, second:
        shm.counter += 1


def fails(shm):
    shm.counter += 1
    raise KeyError("x")


class Odd(Exception):
    pass


def fails_oddly(shm):
    raise Odd("in its own words")


class Refused(ValueError):
    pass


def refuses(shm):
    raise Refused("in its own words")


def leaves(shm):
    shm.counter += 1
    raise SystemExit


def around(shm, lock, prepare, body):
    prepare()
    lock.acquire()
    try:
        body()
    finally:
        lock.release()


def stub(shm):
    raise NotImplementedError("not done yet")


def opens(shm):
    open("/etc/passwd")


def atomic(shm):
    fetch_add(shm.slots, 1, 5)
    shm.pair.left = 4


count = 0


def stateful(shm):
    global count
    count += 1
    if count < 2:
        shm.counter += 1


def random_one(shm):
    shm.counter = random.randrange(10**6)


def spins(shm, rank):
    while not compare_exchange(shm, "flag", 0, 1):
        pass
    shm.counter += 1
    shm.flag = 0


def waits(shm, mutex, ready):
    with mutex:
        if not shm.flag:
            ready.wait()
        shm.counter += 1


def signals(shm, mutex, ready):
    with mutex:
        shm.flag = 1
        ready.notify()


def bytewise(shm):
    raw = shmlab.buffer(shm)
    struct.pack_into("q", raw, 0, 1)


def returns_memory(shm):
    return shm


def recursive(shm):
    return recursive(shm)


def owns(shm):
    if shm.counter == 0:
        shm.counter = os.getpid()
    assert shm.counter == os.getpid()


def who():
    return os.getpid() == threading.get_native_id() and os.getpid()


def misspells(shm):
    shm.conter = 1


def misspells_within(shm):
    return shm.pair.lift


def has_not(shm, lock):
    lock.lock()


def packs(shm):
    struct.pack_into("q", shmlab.buffer(shm), 100, 1)


def ends(shm):
    raise SystemExit(7)


def sets(shm):
    struct.x = 1
"""

DRIVERS = """def sale(shm, lock, rank):
    if sell(shm.area, lock):
        fetch_add(shm, "sold", 1)


def catches(shm):
    try:
        fails(shm)
    except KeyError:
        fetch_add(shm, "seen", 1)


def catches_oddly(shm):
    try:
        fails_oddly(shm)
    except Exception as error:
        shm.seen = len(str(error))


def catches_what_is_derived(shm):
    try:
        refuses(shm)
    except ValueError:
        shm.seen = 1


def with_body(shm, lock):
    def prepare():
        fetch_add(shm, "prepared", 1)

    def body():
        fetch_add(shm, "inside", 1)
        fetch_add(shm, "inside", -1)
        if shm.counter == 0:
            shm.counter = 1
            raise ValueError("body")
        shm.counter = 2

    try:
        around(shm, lock, prepare, body)
    except ValueError:
        fetch_add(shm, "failed", 1)


def twice(shm):
    stateful(shm)
    stateful(shm)


def owned(shm):
    mine = who()
    if shm.counter == 0:
        shm.counter = mine
    assert shm.counter == mine == who()


def takes_it_back(shm):
    shm.counter = 1 if returns_memory(shm) is None else 2
"""


class Area(ctypes.Structure):
    _fields_ = (("free", ctypes.c_int64),)


class Sale(ctypes.Structure):
    _fields_ = (("area", Area), ("sold", ctypes.c_int64))


class Pair(ctypes.Structure):
    _fields_ = (("left", ctypes.c_int32), ("right", ctypes.c_int32))


class Slots(ctypes.Structure):
    _fields_ = (("slots", ctypes.c_int64 * 3), ("pair", Pair))


LOCK = {"lock": Semaphore(1)}
COUNTED = {
    "counter": 0,
    "seen": 0,
    "prepared": 0,
    "inside": 0,
    "failed": 0,
}
PROGRAMS = {
    "racy": lambda f: Program(f["racy"], processes=2, shared={"counter": 0}, invariant=lambda shm: shm.counter == 4),
    "safe": lambda f: Program(
        f["safe"], processes=2, shared={"counter": 0}, sync=LOCK, invariant=lambda shm: shm.counter == 6
    ),
    "a driver around it": lambda f: Program(
        f["sale"], processes=2, shared=Sale(Area(1), 0), sync=LOCK, invariant=lambda shm: shm.sold == 1
    ),
    "three": lambda f: Program(
        f["sale"], processes=3, shared=Sale(Area(2), 0), sync=LOCK, invariant=lambda shm: shm.sold == 2
    ),
    "endless": lambda f: Program(f["endless"], processes=2, shared={"counter": 0}),
    "deadlock": lambda f: Program(f["both"], processes=2, shared={"counter": 0}, sync={"a": Mutex(), "b": Mutex()}),
    "an exception": lambda f: Program(f["fails"], processes=2, shared={"counter": 0}),
    "one of its own": lambda f: Program(f["fails_oddly"], processes=2, shared={"counter": 0}),
    "it leaves": lambda f: Program(
        f["leaves"], processes=2, shared={"counter": 0}, invariant=lambda shm: shm.counter == 2
    ),
    "a driver that catches": lambda f: Program(
        f["catches"], processes=2, shared=COUNTED, invariant=lambda shm: shm.seen == 2
    ),
    "a driver that reads the words": lambda f: Program(
        f["catches_oddly"], processes=1, shared=COUNTED, invariant=lambda shm: shm.seen == 16
    ),
    "a driver that catches what is derived": lambda f: Program(
        f["catches_what_is_derived"], processes=1, shared=COUNTED, invariant=lambda shm: shm.seen == 1
    ),
    "callbacks": lambda f: Program(
        f["with_body"],
        processes=2,
        shared=COUNTED,
        sync=LOCK,
        invariant=lambda shm: shm.failed == 1 and shm.counter == 2,
        always=lambda shm: shm.inside < 2,
        possible={"both prepare": lambda shm: shm.prepared == 2},
    ),
    "an owner by its number": lambda f: Program(f["owns"], processes=2, shared={"counter": 0}),
    "an owner by its number, in a driver": lambda f: Program(f["owned"], processes=3, shared={"counter": 0}),
    "a misspelt field": lambda f: Program(f["misspells"], processes=2, shared={"counter": 0}),
    "a misspelt field of a part": lambda f: Program(f["misspells_within"], processes=1, shared=Slots()),
    "a verb that there is not": lambda f: Program(f["has_not"], processes=2, shared={"counter": 0}, sync=LOCK),
    "an exception of a library": lambda f: Program(f["packs"], processes=2, shared={"counter": 0}),
    "an exit code": lambda f: Program(f["ends"], processes=2, shared={"counter": 0}),
    "a library that is changed": lambda f: Program(f["sets"], processes=2, shared={"counter": 0}),
    "a stub": lambda f: Program(f["stub"], processes=2, shared={"counter": 0}),
    "it reaches out": lambda f: Program(f["opens"], processes=2, shared={"counter": 0}),
    "nested fields": lambda f: Program(
        f["atomic"], processes=2, shared=Slots(), invariant=lambda shm: shm.slots[1] == 10 and shm.pair.left == 4
    ),
    "a global of its own": lambda f: Program(
        f["twice"], processes=2, shared={"counter": 0}, invariant=lambda shm: shm.counter == 2
    ),
    "random": lambda f: Program(f["random_one"], processes=2, shared={"counter": 0}),
    "a spinlock": lambda f: Program(
        f["spins"], processes=2, shared={"counter": 0, "flag": 0}, invariant=lambda shm: shm.counter == 2
    ),
    "a condition": lambda f: Program(
        [f["waits"], f["signals"]],
        shared={"counter": 0, "flag": 0},
        sync={"mutex": Mutex(), "ready": Condition("mutex")},
        invariant=lambda shm: shm.counter == 1 and shm.flag == 1,
    ),
    "raw bytes": lambda f: Program(
        f["bytewise"], processes=2, shared={"counter": 0}, invariant=lambda shm: shm.counter == 1
    ),
    "recursion": lambda f: Program(f["recursive"], processes=1, shared={"counter": 0}),
}


@pytest.fixture(scope="module")
def zygote():
    one = Zygote()
    yield one
    one.close()


@pytest.fixture(scope="module")
def sandbox(zygote):
    one = Sandbox(zygote)
    assert one.run_cell(1, LEARNERS) == ""
    yield one
    one.close()


def functions(space):
    """The learner's functions and the drivers around them."""
    remember_lines("<drivers>", DRIVERS)
    space = {**space, "fetch_add": fetch_add, "__name__": "__main__"}
    exec(compile(DRIVERS, "<drivers>", "exec"), space)
    return space


@pytest.fixture(scope="module")
def there(sandbox):
    names = [line[4:].partition("(")[0] for line in LEARNERS.splitlines() if line.startswith("def ")]
    return functions(sandbox.functions(names))


@pytest.fixture(scope="module")
def here():
    space = {"__name__": "__main__"}
    remember_lines(cell_file(1), LEARNERS)
    exec(compile(LEARNERS, cell_file(1), "exec"), space)
    return functions(space)


def test_a_loop_without_an_end_is_run_once_for_each_process(there, monkeypatch):
    (learner,) = {function._learner for function in there.values() if isinstance(function, RemoteFunction)}
    ask, asked = learner._ask, []
    monkeypatch.setattr(learner, "_ask", lambda message: asked.append(message[0]) or ask(message))
    verdict = PROGRAMS["endless"](there).check(progress=False)
    assert verdict.failure.kind == "endless"
    assert asked.count("call") == 2


@pytest.mark.parametrize("memory", ["sc", "tso"])
@pytest.mark.parametrize("what", PROGRAMS)
def test_the_same_verdict_and_witness(what, memory, here, there):
    ours = PROGRAMS[what](here).check(memory=memory, progress=False)
    theirs = PROGRAMS[what](there).check(memory=memory, progress=False)
    assert theirs.failure == ours.failure
    assert (theirs.ok, theirs.complete, theirs.interleavings) == (ours.ok, ours.complete, ours.interleavings)
    assert theirs.witness == ours.witness


def test_crashes_too(here, there):
    for crashes in (0, 1):
        ours, theirs = (PROGRAMS["safe"](space).check(crashes=crashes, progress=False) for space in (here, there))
        assert (theirs.ok, theirs.failure, theirs.witness) == (ours.ok, ours.failure, ours.witness)


def test_what_cannot_travel_back_is_said(there):
    verdict = Program(there["takes_it_back"], processes=1, shared={"counter": 0}).check(progress=False)
    assert verdict.failure.kind == "exception"
    assert "returns_memory returned Shared: plain data travels" in verdict.failure.sentence


def test_a_function_is_called_as_it_is_with_plain_data(zygote):
    sandbox = Sandbox(zygote)
    try:
        sandbox.run_cell(
            1, "def turn(x, y=2):\n    return {'a': [x, (y, None)], b'k': {1.5, 'two'}}\ndef bad():\n    1 / 0"
        )
        found = sandbox.functions(["turn", "bad", "nothing"])
        assert sorted(found) == ["bad", "turn"]
        assert found["turn"](7) == {"a": [7, (2, None)], b"k": {1.5, "two"}}
        with pytest.raises(ZeroDivisionError, match="division by zero"):
            found["bad"]()
        with pytest.raises(TypeError, match="argument"):
            found["turn"]()
    finally:
        sandbox.close()


DYING = {
    "exits": "import ctypes\ndef dying(shm):\n    shm.counter += 1\n    ctypes.CDLL(None)._exit(0)",
    "kills itself": "import ctypes, os\ndef dying(shm):\n    ctypes.CDLL(None).kill(ctypes.CDLL(None).getpid(), 9)",
}


@pytest.mark.parametrize("how", DYING)
def test_a_function_that_ends_its_process_ends_the_check(zygote, how):
    sandbox = Sandbox(zygote)
    try:
        sandbox.run_cell(1, DYING[how])
        dying = sandbox.functions(["dying"])["dying"]
        with pytest.raises(Ended):
            Program(dying, processes=2, shared={"counter": 0}).check(progress=False)
    finally:
        sandbox.close()


FORGED = {
    "a store nobody handed over": '["stop", ["store", 8, 8, [{"bytes": "0100000000000000"}]], null, null, false]',
    "a store beyond the end": '["stop", ["store", 64, 8, [{"bytes": "0100000000000000"}]], null, null, false]',
    "a store of the wrong length": '["stop", ["store", 0, 8, [{"bytes": "01"}]], null, null, false]',
    "a lock nobody handed over": '["stop", ["acquire", 0, 0, [false]], null, null, false]',
    "an end": '["stop", ["end", 0, 0, []], null, null, false]',
    "a value of an unknown kind": '["returned", {"object": ["Mutex", 0, "x"]}, null]',
    "a callback nobody handed over": '["callback", 3, []]',
    "a negative callback": '["callback", -1, []]',
    "a mark that is none": '["stop", ["load", 0, 8, []], [1], null, false]',
    "a place that is none": '["stop", ["load", 0, 8, []], null, [1, 2], false]',
    "a raise with a hostile name": '["raised", "__import__(1)", "words", "ValueError", [], [], null]',
    "an endless depth": '["returned", ' + '{"list": [' * 50 + "]}" * 50 + ", null]",
}


@pytest.mark.parametrize("what", FORGED)
def test_forged_steps_end_the_check(zygote, what):
    """The learner's function writes to the socket itself what no function can do."""
    source = f"""
import os
def forging(shm):
    os.write(next(int(f) for f in os.listdir("/proc/self/fd") if "socket" in os.readlink("/proc/self/fd/" + f)),
             {FORGED[what].encode()!r})
    while True:
        os.read(os.pipe()[0], 1)
def driver_free(shm):
    pass
"""
    space = {}
    sandbox = Sandbox(zygote)
    try:
        assert sandbox.run_cell(1, source) == ""
        driver = "def driver(shm, lock):\n    forging(shm.mine)\n    shm.other = 1\n"
        remember_lines("<driver>", driver)
        space |= sandbox.functions(["forging"])
        exec(compile(driver, "<driver>", "exec"), space)

        class Mine(ctypes.Structure):
            _fields_ = (("x", ctypes.c_int64),)

        class Whole(ctypes.Structure):
            _fields_ = (("mine", Mine), ("other", ctypes.c_int64))

        with pytest.raises(Ended):
            Program(space["driver"], processes=2, shared=Whole(), sync=LOCK).check(progress=False)
    finally:
        sandbox.close()
        linecache.cache.pop("<driver>", None)
