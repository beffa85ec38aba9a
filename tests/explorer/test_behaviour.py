"""Each execution is fresh, nothing of it is left behind, and what is not determined is found out."""

import contextlib
import gc
import io

import pytest
from cells import cell

from shmlab import Program, Semaphore

STATEFUL = {
    "a global": "n = 0\ndef bump():\n    global n\n    n += 1\n    return n",
    "a list": "n = []\ndef bump():\n    n.append(1)\n    return len(n)",
    "a default": "def bump(n=[]):\n    n.append(1)\n    return len(n)",
    "a function's attribute": "def bump():\n    bump.n = getattr(bump, 'n', 0) + 1\n    return bump.n",
    "a closure": "def make():\n    n = 0\n    def bump():\n        nonlocal n\n        n += 1\n        return n\n"
    "    return bump\nbump = make()",
    "two closures of one variable": "def make():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n"
    "    def get():\n        return n\n    return up, get\nup, get = make()\ndef bump():\n    up()\n    return get()",
    "a class attribute": "class C:\n    n = 0\ndef bump():\n    C.n += 1\n    return C.n",
    "a class attribute of a method": "class C:\n    n = 0\n    def bump(self):\n        C.n += 1\n        return C.n\n"
    "c = C()\ndef bump():\n    return c.bump()",
    "a class method": "class C:\n    n = 0\n    @classmethod\n    def bump(cls):\n        cls.n += 1\n"
    "        return cls.n\n"
    "def bump():\n    return C.bump()",
    "an instance": "class C:\n    n = 0\nc = C()\ndef bump():\n    c.n += 1\n    return c.n",
    "an Enum's attribute": "import enum\nclass C(enum.Enum):\n    A = 1\ndef bump():\n"
    "    C.A.n = getattr(C.A, 'n', 0) + 1\n"
    "    return C.A.n",
    "an iterator": "import itertools\nn = iter(range(1, 100))\ndef bump():\n    return next(n)",
    "a generator's place in a partial": "import functools\nn = [0]\ndef add(more):\n    n[0] += more\n    return n[0]\n"
    "bump = functools.partial(add, 1)",
}
TWICE = """
def f(shm):
    shm.x = bump()
    shm.y = bump()
"""


@pytest.mark.parametrize("where", STATEFUL)
def test_every_execution_begins_with_the_state_as_it_was_declared(where):
    space = cell(STATEFUL[where] + TWICE)
    program = Program(space["f"], processes=2, shared={"x": 0, "y": 0}, invariant=lambda shm: (shm.x, shm.y) == (1, 2))
    assert program.count(progress=False).finals == {"x = 1, y = 2": (6, True)}
    verdict = program.check(progress=False)
    assert (verdict.ok, verdict.interleavings) == (True, 6)
    assert program.check(progress=False) == verdict


@pytest.mark.parametrize("where", STATEFUL)
def test_the_learners_own_objects_stay_as_they_were(where):
    space = cell(STATEFUL[where] + TWICE)
    Program(space["f"], processes=2, shared={"x": 0, "y": 0}).check(progress=False)
    assert space["bump"]() == 1


def test_the_learners_own_class_keeps_its_methods():
    space = cell("class C:\n    def go(self):\n        return len('1')\ndef f(shm):\n    shm.x = C().go()")
    method = space["C"].go
    Program(space["f"], processes=2, shared={"x": 0}).check(progress=False)
    assert space["C"].go is method


def test_a_program_with_a_class_runs_after_it_was_checked():
    space = cell("class C:\n    def go(self):\n        return len('1')\ndef f(shm):\n    shm.x = C().go()")
    program = Program(space["f"], processes=2, shared={"x": 0}, invariant=lambda shm: shm.x == 1)
    assert program.check(progress=False).ok
    assert program.run(progress=False).ok


def test_a_class_is_one_class_within_an_execution():
    space = cell(
        "class Full(Exception):\n    pass\n"
        "def refuse():\n    raise Full\n"
        "def f(shm):\n"
        "    try:\n        refuse()\n"
        "    except Full:\n        shm.x += isinstance(Full(), Full)"
    )
    assert Program(space["f"], processes=1, shared={"x": 0}, invariant=lambda shm: shm.x == 1).check(progress=False).ok


UNSURE = {
    "time": "import time\ndef f(shm):\n    shm.x = int(time.time() * 1000)",
    "from time": "from time import perf_counter_ns\ndef f(shm):\n    shm.x = perf_counter_ns()",
    "datetime": "import datetime\ndef f(shm):\n    shm.x = datetime.datetime.now().microsecond",
    "random": "import random\ndef f(shm):\n    shm.x = random.randrange(1 << 30)",
    "a coin": "import random\ndef f(shm):\n    if random.random() < 0.5:\n        shm.x = 1\n    else:\n"
    "        shm.y = 1",
    "a coin, or nothing": "import random\ndef f(shm):\n    if random.random() < 0.5:\n        shm.x = 1",
    "a coin after a step": "import random\ndef f(shm):\n    shm.y = 2\n    if random.random() < 0.5:\n"
    "        shm.x = 1",
    "a rare number": "import random\ndef f(shm):\n    if random.randrange(1000) == 0:\n        shm.x = 1",
    "the last of many": "import random\ndef f(shm):\n    if random.randint(1, 1000) == 1000:\n        shm.x = 1",
    "a rare share": "import random\ndef f(shm):\n    if random.random() > 0.999:\n        shm.x = 1",
    "a time limit that is over at once": "import time\ndef f(shm):\n    end = time.monotonic() + 0.001\n"
    "    while time.monotonic() < end:\n        shm.x += 1",
    "a shuffled list": "from random import shuffle\ndef f(shm):\n    a = list(range(9))\n    shuffle(a)\n"
    "    shm.x = a[0]",
    "urandom": "import os\ndef f(shm):\n    shm.x = int.from_bytes(os.urandom(4), 'little')",
    "uuid": "import uuid\ndef f(shm):\n    shm.x = uuid.uuid4().int & 0xFFFFFFFF",
    "secrets": "import secrets\ndef f(shm):\n    shm.x = secrets.randbits(32)",
    "numpy": "import numpy\ndef f(shm):\n    shm.x = int(numpy.random.randint(1 << 30))",
    "an address": "def f(shm):\n    kept = [object() for _ in range(9)]\n    shm.x = id(kept) + shm.y",
    "a time that decides": "import time\ndef f(shm):\n    end = time.monotonic() + 5\n"
    "    while time.monotonic() < end:\n"
    "        shm.x += 1",
}


@pytest.mark.parametrize("what", UNSURE)
def test_what_is_not_determined_is_said_to_be_so(what):
    verdict = Program(cell(UNSURE[what])["f"], processes=2, shared={"x": 0, "y": 0}).check(progress=False)
    assert (verdict.ok, verdict.failure.kind) == (False, "nondeterministic")


SURE = {
    "a seed": "import random\ndef f(shm):\n    random.seed(3)\n    shm.x = random.randrange(1 << 30)",
    "a seeded Random": "import random\ndef f(shm):\n    shm.x = random.Random(3).randrange(1 << 30)",
    "a time that is only printed": "import time\ndef f(shm):\n    print(time.time())\n    shm.x = 1",
    "a long sleep": "import time\ndef f(shm):\n    time.sleep(3600)\n    shm.x = 1",
    "a random pause": "import random, time\ndef f(shm):\n    time.sleep(random.random())\n    shm.x = 1",
    "all kinds of random numbers": "import random\ndef f(shm):\n    random.gauss(0, 1), random.normalvariate(0, 1)\n"
    "    random.betavariate(1, 2), random.gammavariate(0.5, 2), random.vonmisesvariate(0, 4), random.expovariate(1)\n"
    "    random.sample(range(9), 3), random.choices('ab', k=3), random.randbytes(3), random.getrandbits(9)\n"
    "    shm.x = 1",
    "the order of a set of numbers": "def f(shm):\n    shm.x = [*{3, 1, 2}][0]",
}


@pytest.mark.parametrize("what", SURE)
def test_what_is_determined_is_checked(what):
    assert Program(cell(SURE[what])["f"], processes=2, shared={"x": 0}).check(progress=False).ok is True


def test_endless_recursion_is_an_exception_wherever_it_is_noticed():
    space = cell("def f(shm):\n    shm.x += 1\n    f(shm)")
    verdict = Program(space["f"], processes=1, shared={"x": 0}).check(progress=False)
    assert verdict.failure.kind == "exception"
    assert "RecursionError" in verdict.failure.sentence


def test_what_is_printed_on_the_way_out_stays_inside():
    space = cell("def f(shm, full):\n    try:\n        full.acquire()\n    finally:\n        print('bye')")
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        verdict = Program(space["f"], processes=2, shared={"x": 0}, sync={"full": Semaphore(0)}).check(progress=False)
        gc.collect()
    assert verdict.failure.kind == "deadlock"
    assert shown.getvalue() == ""


@pytest.mark.parametrize("names", ["shm", "shm, rank"])
def test_processes_may_be_of_one_function_or_of_several(names):
    """Ranks that take no rank share what is known of their function; the counts do not tell."""
    space = cell(f"def f({names}):\n    shm.x += 1\n    shm.y += 1\ndef g({names}):\n    shm.x += 1\n    shm.y += 1")
    shared = {"x": 0, "y": 0}
    one = Program(space["f"], processes=2, shared=shared).count(progress=False)
    two = Program([space["f"], space["g"]], shared=shared).count(progress=False)
    assert (one.total, one.finals) == (two.total, two.finals)
