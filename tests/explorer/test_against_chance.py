"""Whatever a learner writes in a function, a check answers in words, leaves nothing behind, and says the same again.

Known limits, left out on purpose: a loop inside of C code makes no round that could be counted, so that
`sum(iter(int, 1))`, `list(itertools.count())` or `9 ** 9 ** 9` do not return; nor does an endless loop in
text given to exec(), which carries no marks.
"""

import textwrap

import pytest
from cells import cell
from hypothesis import given, settings
from hypothesis import strategies as st

from shmlab import Mutex, Program, Semaphore

steadily = settings(deadline=None, derandomize=True, database=None, max_examples=60)

SHARED = {"x": 0, "y": 0, "a": [0, 0]}
SYNC = {"lock": Mutex(), "full": Semaphore(0)}
HONEST = TypeError, ValueError, RuntimeError, NotImplementedError, RecursionError, MemoryError
OURS = ("shmlab", "site-packages", "Traceback", " object at 0x")


def checked(function):
    """(Verdict or None, the error of Program or check or None) of two processes of a function."""
    try:
        program = Program(function, processes=2, shared=dict(SHARED), sync=dict(SYNC))
        return program.check(max_states=2000, progress=False), None
    except HONEST as error:
        return None, error


def body(*lines, head=""):
    return f"{head}\ndef f(shm, lock, full):\n" + textwrap.indent("\n".join(lines), "    ")


# What it is -> (its source, what a check says).
TABLE = {
    "nothing": (body("pass"), "ok"),
    "a division by zero": (body("shm.x += 1 // shm.y"), "exception"),
    "an unknown name": (body("shm.x = nowhere"), "exception"),
    "an unknown field": (body("shm.z = 1"), "exception"),
    "an index too large": (body("shm.a[2] = 1"), "exception"),
    "a text in a number": (body("shm.x = 'one'"), "exception"),
    "a failing assertion": (body("assert shm.x == 1, 'x is no 1'"), "exception"),
    "a missing key": (body("shm.x = {}['k']"), "exception"),
    "recursion without steps": (body("f(shm, lock, full)"), "exception"),
    "recursion with steps": (body("shm.x += 1", "f(shm, lock, full)"), "exception"),
    "recursion that is caught": (
        body("try:", "    down()", "except RecursionError:", "    shm.x = 1", head="def down():\n    down()"),
        "ok",
    ),
    "a generator": (
        body("for n in up():", "    shm.x += n", head="def up():\n    yield 1\n    yield 2"),
        "ok",
    ),
    "a generator left half done": (body("n = (i for i in range(3))", "shm.x = next(n)"), "ok"),
    "a function that is a generator": (body("yield shm.x"), "TypeError"),
    "an async function": ("async def f(shm):\n    shm.x = 1", "TypeError"),
    "a parameter that names nothing": ("def f(shm, lok):\n    shm.x = 1", "TypeError"),
    "any arguments": ("def f(*all):\n    pass", "TypeError"),
    "a closure": (
        "def make(n):\n    def f(shm):\n        nonlocal n\n        n += 1\n        shm.x = n\n"
        "    return f\nf = make(1)",
        "ok",
    ),
    "prints": (body("print('out', shm.x)", "import sys", "print('err', file=sys.stderr)"), "ok"),
    "sys.stdout": (body("import sys", "sys.stdout.write('out')", "sys.stdout.flush()"), "ok"),
    "sleep": (body("time.sleep(1000)", "shm.x = 1", head="import time"), "ok"),
    "a time that is stored": (body("shm.x = int(time.time())", head="import time"), "nondeterministic"),
    "a random number": (body("shm.x = random.randrange(10**9)", head="import random"), "nondeterministic"),
    "a random number imported by name": (
        body("shm.x = randrange(10**9)", head="from random import randrange"),
        "nondeterministic",
    ),
    "Thread": (body("threading.Thread(target=print).start()", head="import threading"), "exception"),
    "a Lock taken twice": (
        body("l = threading.Lock()", "l.acquire()", "l.acquire()", head="import threading"),
        "exception",
    ),
    "a global Lock": (body("with l:", "    shm.x += 1", head="import threading\nl = threading.Lock()"), "TypeError"),
    "an Event": (body("threading.Event().wait()", head="import threading"), "exception"),
    "a subclass of Thread": (
        body("T().start()", head="import threading\nclass T(threading.Thread):\n    def run(self):\n        pass"),
        "exception",
    ),
    "multiprocessing.Process": (
        body("multiprocessing.Process(target=print).start()", head="import multiprocessing"),
        "exception",
    ),
    "multiprocessing.Lock": (body("multiprocessing.Lock().acquire()", head="import multiprocessing"), "exception"),
    "ThreadPoolExecutor": (
        body("ThreadPoolExecutor().submit(print)", head="from concurrent.futures import ThreadPoolExecutor"),
        "exception",
    ),
    "an empty Queue": (body("queue.Queue().get()", head="import queue"), "exception"),
    "os.fork": (body("os.fork()", head="import os"), "exception"),
    "os.kill": (body("os.kill(os.getpid(), 0)", head="import os"), "exception"),
    "os._exit": (body("os._exit(3)", head="import os"), "exception"),
    "_exit by its own name": (body("_exit(3)", head="from os import _exit"), "exception"),
    "input": (body("shm.x = int(input())"), "exception"),
    "open": (body("open('/tmp/never made', 'w')"), "exception"),
    "sys.exit(0)": (body("shm.x = 1", "sys.exit(0)", head="import sys"), "ok"),
    "sys.exit(3)": (body("shm.x = 1", "sys.exit(3)", head="import sys"), "exception"),
    "KeyError out of a finally": (body("try:", "    shm.x = 1", "finally:", "    {}[1]"), "exception"),
    "an endless loop": (body("while True:", "    pass"), "endless"),
    "an endless loop that counts": (body("n = 0", "while True:", "    n += 1"), "endless"),
    "an endless loop in a function": (body("spin()", head="def spin():\n    while 1:\n        pass"), "endless"),
    "an endless loop that swallows": (
        body("while True:", "    try:", "        n = 1", "    except:", "        pass"),
        "endless",
    ),
    "an endless generator": (
        body("for n in up():", "    pass", head="def up():\n    while True:\n        yield 1"),
        "endless",
    ),
    "a bare except": (body("try:", "    shm.x = 1 // shm.y", "except:", "    shm.x = 2"), "ok"),
    "a bare except around a wait": (body("try:", "    full.acquire()", "except:", "    pass"), "deadlock"),
    "comprehensions": (
        body("shm.x = sum([n for n in shm.a])", "shm.y = len({n: n for n in range(2)} | {3: 3})"),
        "ok",
    ),
    "a lambda": ("f = lambda shm: setattr(shm, 'x', 1)", "ok"),
    "a partial": ("import functools\ndef g(n, shm):\n    shm.x = n\nf = functools.partial(g, 3)", "ok"),
    "a callable object": ("class C:\n    def __call__(self, shm):\n        shm.x += 1\nf = C()", "ok"),
    "a bound method": ("class C:\n    def go(self, shm):\n        shm.x += 1\nf = C().go", "ok"),
    "a decorator": (
        "import functools\ndef twice(g):\n    @functools.wraps(g)\n    def both(shm):\n        g(shm)\n        g(shm)\n"
        "    return both\n@twice\ndef f(shm):\n    shm.x += 1",
        "ok",
    ),
    "nested functions": (body("def one():", "    def two():", "        shm.x += 1", "    two()", "one()"), "ok"),
    "a return out of a finally": (body("try:", "    shm.x = 1 // 0", "finally:", "    return"), "ok"),
    "a return out of a finally around a wait": (
        body("try:", "    full.acquire()", "finally:", "    return"),
        "deadlock",
    ),
    "a context manager": (
        body(
            "with kept(shm):",
            "    shm.y = 1",
            head="import contextlib\n@contextlib.contextmanager\ndef kept(shm):\n"
            "    shm.x = 1\n    try:\n        yield\n    finally:\n        shm.x = 0",
        ),
        "ok",
    ),
    "match": (body("match shm.x:", "    case 0:", "        shm.y = 1", "    case n:", "        shm.y = n"), "ok"),
    "a walrus": (body("if (n := shm.x) < 2:", "    shm.y = n"), "ok"),
    "a global list": (body("n.append(1)", "shm.x = len(n)", head="n = []"), "ok"),
    "a mutable default": ("def f(shm, n=[]):\n    n.append(1)\n    shm.x = len(n)", "ok"),
    "an exception without words": (
        body(
            "shm.x = 1",
            "raise Odd",
            head="class Odd(Exception):\n    def __str__(self):\n        raise ValueError('odd')",
        ),
        "exception",
    ),
    "GreenletExit": (body("shm.x = 1", "raise GreenletExit", head="from greenlet import GreenletExit"), "exception"),
    "a BaseException": (body("shm.x = 1", "raise BaseException('base')"), "exception"),
    "locals": (body("n = 3", "shm.x = locals()['n']"), "ok"),
    "eval": (body("shm.x = eval('shm.y + 1')"), "ok"),
    "a cache": (
        body("shm.x = n(2) + n(2)", head="import functools\n@functools.lru_cache\ndef n(i):\n    return i"),
        "ok",
    ),
    "a mutex taken twice": (body("lock.acquire()", "lock.acquire()"), "exception"),
    "a wait for nobody": (body("full.acquire()"), "deadlock"),
}


def said(verdict, error):
    """What there is to be read, and of what kind it is."""
    if error is not None:
        return str(error), type(error).__name__
    if verdict.failure is None:
        return str(verdict), "ok" if verdict.ok else "undecided"
    return f"{verdict.failure.sentence}\n{verdict}", verdict.failure.kind


@pytest.mark.parametrize("what", TABLE)
def test_each_is_named_in_words(what, capsys):
    text, expected = TABLE[what]
    try:
        words, kind = said(*checked(cell(text)["f"]))
    finally:
        shown = capsys.readouterr()
    assert kind == expected, words
    assert not [one for one in OURS if one in words], words
    assert (shown.out, shown.err) == ("", "")
    simple = cell("def f(shm):\n    for _ in range(3):\n        shm.n += 1")["f"]
    program = Program(simple, processes=2, shared={"n": 0}, invariant=lambda shm: shm.n == 6)
    count = program.count(progress=False)
    assert (count.total, count.failing) == (924, 904)


HEAD = """
import contextlib, functools, os, queue, random, sys, threading, time
n = []
class Odd(Exception):
    def __str__(self):
        raise ValueError("odd")
class Adder:
    total = 0
    def __call__(self, more=1):
        self.total += more
        return self.total
adder = Adder()
def up():
    yield 1
    yield 2
def down():
    down()
def bump(k=[]):
    k.append(1)
    return len(k)
@functools.lru_cache
def cached(i):
    return i + 1
@contextlib.contextmanager
def kept(shm):
    shm.y = 1
    try:
        yield shm.x
    finally:
        shm.y = 0
"""
SIMPLE = (
    "pass",
    "return",
    "i = shm.x",
    "i += 1",
    "shm.x += 1",
    "shm.y = shm.x",
    "shm.a[0] = i",
    "shm.a[i] += 1",
    "shm.x = nowhere",
    "shm.x = 'one'",
    "shm.x //= shm.y",
    "shm.x = sum(up())",
    "shm.x = sum([k for k in shm.a])",
    "shm.x = [(lambda: shm.y + k)() for k in range(2)][1]",
    "shm.x = functools.partial(max, 1)(shm.y)",
    "n.append(i); shm.x = len(n)",
    "shm.x = bump()",
    "shm.x = cached(shm.y)",
    "shm.x = adder(shm.y)",
    "shm.x = locals()['i']",
    "shm.x = eval('shm.y + 1')",
    "shm.x = (i := shm.y + 1)",
    "assert shm.x < 2, 'x is large'",
    "print(i, shm.x)",
    "time.sleep(9)",
    "shm.x = int(time.time())",
    "shm.x = random.randrange(9)",
    "i = random.random()",
    "threading.Thread(target=print).start()",
    "threading.Lock().acquire()",
    "queue.Queue().get()",
    "os._exit(3)",
    "open('/tmp/never made', 'w')",
    "input()",
    "sys.exit(0)",
    "sys.exit(3)",
    "raise Odd",
    "raise BaseException('base')",
    "down()",
    "lock.acquire()",
    "lock.release()",
    "full.acquire()",
    "full.release()",
    "i = full.try_acquire()",
)
AROUND = (
    "if shm.x:\n{}",
    "if i > 0:\n{}\nelse:\n    shm.x = 1",
    "for i in range(2):\n{}",
    "for i in up():\n{}",
    "while shm.x < 2:\n{}",
    "while True:\n{}",
    "while i < 3:\n    i += 1\n{}",
    "try:\n{}\nexcept:\n    shm.y = 1",
    "try:\n{}\nexcept Exception as error:\n    i = 1",
    "try:\n{}\nfinally:\n    shm.y = 2",
    "try:\n{}\nfinally:\n    return",
    "with lock:\n{}",
    "with kept(shm) as i:\n{}",
    "with contextlib.suppress(RuntimeError):\n{}",
    "match shm.x:\n    case 0:\n        i = 2\n    case _:\n        i = 3\n{}",
    "def inner(i=0):\n{}\ninner()",
)


def compound(inside):
    """A statement around one or two others."""
    lines = st.lists(inside, min_size=1, max_size=2).map("\n".join)
    return st.builds(_around, st.sampled_from(AROUND), lines)


def _around(form, lines):
    if form.startswith("match"):
        return form.format(lines)
    return form.format(textwrap.indent(lines, "    "))


STATEMENTS = st.recursive(st.sampled_from(SIMPLE), compound, max_leaves=4)
FUNCTIONS = st.lists(STATEMENTS, min_size=1, max_size=6).map(lambda lines: body("i = 0", *lines, head=HEAD))


@steadily
@given(text=FUNCTIONS)
def test_whatever_is_put_together_is_answered_in_words_and_twice_the_same(text):
    function = cell(text)["f"]
    verdict, error = checked(function)
    words, kind = said(verdict, error)
    assert " " in words
    assert not [one for one in OURS if one in words], words
    again, other = checked(function)
    assert again == verdict
    assert said(again, other) == (words, kind)
