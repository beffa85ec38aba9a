"""A spin lock, written in the ways in which people write one: histories meet, and the check comes to an end."""

import contextvars
import textwrap

import pytest
from cells import cell

from shmlab import Program
from shmlab.explorer.execution.greenlet_host import DEEPEST, MOST_CALLS

IMPORTS = """
import contextlib
import functools
import os
import threading
from shmlab import compare_exchange, exchange

"""
WAYS = {
    "plain": """
        def f(shm):
            while exchange(shm, "busy", 1):
                pass
            shm.counter += 1
            shm.busy = 0
        """,
    "class lock": """
        class Lock:
            def __init__(s, shm):
                s.shm = shm

            def acquire(s):
                while exchange(s.shm, "busy", 1):
                    pass

            def release(s):
                s.shm.busy = 0

            def __enter__(s):
                s.acquire()
                return s

            def __exit__(s, *a):
                s.release()


        def f(shm):
            with Lock(shm):
                shm.counter += 1
        """,
    "class lock body": """
        class Lock:
            def __init__(s, shm):
                s.shm = shm

            def __enter__(s):
                while exchange(s.shm, "busy", 1):
                    pass

            def __exit__(s, *a):
                s.shm.busy = 0


        def f(shm):
            lock = Lock(shm)
            for i in range(2):
                with lock:
                    shm.counter += 1
        """,
    "generator": """
        def locked(shm):
            while exchange(shm, "busy", 1):
                pass
            yield 1
            shm.busy = 0


        def f(shm):
            for _ in locked(shm):
                shm.counter += 1
        """,
    "cm finally": """
        @contextlib.contextmanager
        def lock(shm):
            while exchange(shm, "busy", 1):
                pass
            try:
                yield shm
            finally:
                shm.busy = 0


        def f(shm):
            for _ in range(2):
                with lock(shm) as s:
                    s.counter += 1
        """,
    "comp": """
        def acquire(shm):
            while exchange(shm, "busy", 1):
                pass
            return 1


        def add(shm, i):
            acquire(shm)
            shm.counter += i
            shm.busy = 0
            return i


        def f(shm):
            done = [add(shm, i) for i in (1, 1)]
        """,
    "comp sum": """
        def add(shm, i):
            while exchange(shm, "busy", 1):
                pass
            shm.counter += i
            shm.busy = 0
            return i


        def f(shm):
            n = sum([add(shm, i) for i in (1, 1)])
        """,
    "dict comp": """
        def add(shm, i):
            while exchange(shm, "busy", 1):
                pass
            shm.counter += 1
            shm.busy = 0
            return i


        def f(shm):
            n = {i: add(shm, i) for i in (1, 2)}
        """,
    "genexpr all": """
        def add(shm, i):
            while exchange(shm, "busy", 1):
                pass
            shm.counter += 1
            shm.busy = 0
            return i


        def f(shm):
            n = all(add(shm, i) for i in (1, 2))
        """,
    "match": """
        def f(shm, rank):
            match rank:
                case 0 | 1:
                    while exchange(shm, "busy", 1):
                        pass
                    shm.counter += 1
                    shm.busy = 0
        """,
    "match in loop": """
        def f(shm):
            while True:
                match exchange(shm, "busy", 1):
                    case 0:
                        break
                    case _:
                        continue
            shm.counter += 1
            shm.busy = 0
        """,
    "match guard": """
        def free(shm):
            return not exchange(shm, "busy", 1)


        def f(shm):
            while True:
                match 1:
                    case 1 if free(shm):
                        break
                    case _:
                        pass
            shm.counter += 1
            shm.busy = 0
        """,
    "try finally": """
        def f(shm):
            while exchange(shm, "busy", 1):
                pass
            try:
                shm.counter += 1
            finally:
                shm.busy = 0
        """,
    "retry except": """
        class Busy(Exception):
            pass


        def take(shm):
            if exchange(shm, "busy", 1):
                raise Busy


        def f(shm):
            while True:
                try:
                    take(shm)
                    break
                except Busy:
                    continue
            shm.counter += 1
            shm.busy = 0
        """,
    "spin in except": """
        def f(shm):
            try:
                raise KeyError
            except KeyError:
                while exchange(shm, "busy", 1):
                    pass
                shm.counter += 1
                shm.busy = 0
        """,
    "spin in finally": """
        def f(shm):
            try:
                pass
            finally:
                while exchange(shm, "busy", 1):
                    pass
                shm.counter += 1
                shm.busy = 0
        """,
    "decorator": """
        def locked(fn):
            @functools.wraps(fn)
            def w(shm):
                while exchange(shm, "busy", 1):
                    pass
                try:
                    return fn(shm)
                finally:
                    shm.busy = 0

            return w


        @locked
        def add(shm):
            shm.counter += 1


        def f(shm):
            add(shm)
        """,
    "args": """
        def take(shm):
            while exchange(shm, "busy", 1):
                pass
            return 1


        def f(shm):
            x = int(take(shm)) + 0
            shm.counter += x
            shm.busy = 0
        """,
    "walrus": """
        def f(shm):
            while (old := exchange(shm, "busy", 1)) != 0:
                pass
            shm.counter += 1
            shm.busy = 0
        """,
    "pid lock": """
        def f(shm):
            me = os.getpid()
            while not compare_exchange(shm, "busy", 0, me):
                pass
            shm.counter += 1
            assert shm.busy == me
            shm.busy = 0
        """,
    "ident": """
        def f(shm):
            me = threading.get_ident() % 1000 + 1
            while not compare_exchange(shm, "busy", 0, me):
                pass
            shm.counter += 1
            shm.busy = 0
        """,
    "set": """
        def f(shm):
            seen = set()
            while exchange(shm, "busy", 1):
                seen.add(1)
            shm.counter += 1
            shm.busy = 0
        """,
    "cache": """
        @functools.cache
        def one():
            return 1


        def f(shm):
            while exchange(shm, "busy", one()):
                pass
            shm.counter += 1
            shm.busy = 0
        """,
    "import": """
        def f(shm):
            import time

            while exchange(shm, "busy", 1):
                time.sleep(0.01)
            shm.counter += 1
            shm.busy = 0
        """,
    "lambda": """
        take = lambda shm: exchange(shm, "busy", 1)


        def f(shm):
            while take(shm):
                pass
            shm.counter += 1
            shm.busy = 0
        """,
    "print": """
        def f(shm):
            while exchange(shm, "busy", 1):
                print("x")
            shm.counter += 1
            shm.busy = 0
        """,
    "recursion": """
        def take(shm):
            if exchange(shm, "busy", 1):
                return take(shm)


        def f(shm):
            while exchange(shm, "busy", 1):
                pass
            shm.counter += 1
            shm.busy = 0
        """,
    "nested with": """
        @contextlib.contextmanager
        def a(shm):
            while exchange(shm, "busy", 1):
                pass
            yield
            shm.busy = 0


        @contextlib.contextmanager
        def b(shm):
            with a(shm):
                yield


        def f(shm):
            with b(shm):
                shm.counter += 1
        """,
    "closure": """
        def f(shm):
            def take():
                while exchange(shm, "busy", 1):
                    pass

            def give():
                shm.busy = 0

            take()
            shm.counter += 1
            give()
        """,
    "dataclass": """
        import dataclasses


        @dataclasses.dataclass
        class Lock:
            shm: object
            tries: int = 0

            def take(self):
                while exchange(self.shm, "busy", 1):
                    pass


        def f(shm):
            l = Lock(shm)
            l.take()
            shm.counter += 1
            shm.busy = 0
        """,
    "namedtuple": """
        import collections

        P = collections.namedtuple("P", "a b")


        def f(shm):
            p = P(1, 2)
            while exchange(shm, "busy", p.a):
                pass
            shm.counter += 1
            shm.busy = 0
        """,
    "enum": """
        import enum


        class T(enum.IntEnum):
            FREE = 0
            BUSY = 1


        def f(shm):
            while exchange(shm, "busy", int(T.BUSY)) == T.BUSY:
                pass
            shm.counter += 1
            shm.busy = T.FREE
        """,
    "property": """
        class L:
            def __init__(s, shm):
                s.shm = shm

            @property
            def free(s):
                return not exchange(s.shm, "busy", 1)


        def f(shm):
            l = L(shm)
            while not l.free:
                pass
            shm.counter += 1
            shm.busy = 0
        """,
    "any flags": """
        def f(shm, rank):
            while exchange(shm, "busy", 1) or any(shm.busy > 5 for _ in range(2)):
                pass
            shm.counter += 1
            shm.busy = 0
        """,
    "frozen dataclass": """
        import dataclasses


        @dataclasses.dataclass(frozen=True)
        class Word:
            name: str

            def take(self, shm):
                while exchange(shm, self.name, 1):
                    pass


        def f(shm):
            Word("busy").take(shm)
            shm.counter += 1
            shm.busy = 0
        """,
    "class in the function": """
        def f(shm):
            class Spin:
                def take(self):
                    while exchange(shm, "busy", 1):
                        pass

            Spin().take()
            shm.counter += 1
            shm.busy = 0
        """,
    "repeat": """
        import itertools


        def f(shm):
            for _ in itertools.repeat(None):
                if not exchange(shm, "busy", 1):
                    break
            shm.counter += 1
            shm.busy = 0
        """,
    "a look at the clock": """
        import time


        def f(shm):
            began = time.perf_counter()
            while exchange(shm, "busy", 1):
                pass
            shm.counter += 1
            shm.busy = 0
            print(time.perf_counter() - began)
        """,
    "a random number": """
        import random


        def f(shm):
            dice = random.random()
            while exchange(shm, "busy", 1):
                pass
            shm.counter += 1
            shm.busy = 0
            print(dice)
        """,
}
TWICE = ("class lock body", "cm finally", "comp", "comp sum", "dict comp", "genexpr all")  # each process goes in twice


@pytest.mark.parametrize("way", WAYS)
def test_it_is_decided(way):
    space = cell(IMPORTS + textwrap.dedent(WAYS[way]))
    entries = 4 if way in TWICE else 2
    program = Program(
        space["f"], processes=2, shared={"busy": 0, "counter": 0}, invariant=lambda shm: shm.counter == entries
    )
    assert program.check(max_states=2000, progress=False).ok is True


KEPT_APART = {
    "an iterator that nobody can compare": ("import itertools", "turns = itertools.count()", "next(turns)", "count"),
    "a sum that waits for a generator": ("", "", "sum(wait(shm) for _ in range(1))", "line 13"),
}


@pytest.mark.parametrize("what", KEPT_APART)
def test_what_keeps_histories_apart_is_named(what):
    imported, before, each_time, words = KEPT_APART[what]
    text = f"""
{imported}
def wait(shm):
    while shm.busy:
        pass
    return 0

def f(shm):
    {before or "pass"}
    while True:
        if not exchange(shm, "busy", 1):
            break
        {each_time}
    shm.counter += 1
    shm.busy = 0
"""
    space = cell("from shmlab import exchange" + text)
    verdict = Program(space["f"], processes=2, shared={"busy": 0, "counter": 0}).check(max_states=500, progress=False)
    assert verdict.ok is None
    assert words in verdict.apart and verdict.apart in verdict.sentence


DEEPER = """
from shmlab import exchange
def lock(shm):
    if exchange(shm, "busy", 1):
        lock(shm)
def f(shm):
    lock(shm)
    shm.counter += 1
    shm.busy = 0
def deep(left):
    return 0 if left == 0 else 1 + deep(left - 1)
def g(shm):
    shm.counter = deep(300)
"""


def bounded(program, **terms):
    """The verdict where calls within calls are bounded, as a grader does it."""
    context = contextvars.copy_context()
    context.run(DEEPEST.set, MOST_CALLS)
    return context.run(program.check, progress=False, **terms)


def test_a_call_for_each_try_is_left_undecided_soon():
    space = cell(DEEPER)
    program = Program(space["f"], processes=2, shared={"busy": 0, "counter": 0})
    verdict = bounded(program)
    assert verdict.ok is None
    assert "in many calls of one function" in verdict.sentence
    assert verdict.states < 2000
    assert program.check(progress=False).failure.kind == "exception"  # a thousand tries are one too many


@pytest.mark.parametrize("max_states", [400_000, 30])
def test_a_failure_is_told_although_a_call_for_each_try_goes_deep(max_states):
    space = cell(DEEPER.replace("    shm.busy = 0", "    shm.busy = 0\n    assert shm.counter < 2"))
    program = Program(space["f"], processes=2, shared={"busy": 0, "counter": 0})
    assert bounded(program, max_states=max_states).failure.kind == "exception"


def test_calls_within_calls_that_do_no_step_are_no_tries():
    program = Program(cell(DEEPER)["g"], processes=2, shared={"counter": 0}, invariant=lambda shm: shm.counter == 300)
    assert bounded(program).ok is True


COUNTS = """
from shmlab import exchange
def f(shm):
    tries = 0
    while exchange(shm, "busy", 1):
        tries {0} 1
    shm.counter += 1
    {1}
    shm.busy = 0
"""


@pytest.mark.parametrize("how", ["+=", "-="])
def test_tries_that_are_only_counted_make_no_states(how):
    f = cell(COUNTS.format(how, "pass"))["f"]
    program = Program(f, processes=2, shared={"busy": 0, "counter": 0}, invariant=lambda shm: shm.counter == 2)
    verdict = program.check(progress=False)
    assert verdict.ok is True
    assert verdict.states < 100


def test_a_count_of_tries_that_is_told_decides_what_comes():
    f = cell(COUNTS.format("+=", "shm.tries = tries"))["f"]
    program = Program(f, processes=2, shared={"busy": 0, "counter": 0, "tries": 0}, always=lambda shm: shm.tries < 7)
    assert program.check(progress=False).ok is False


MAKES_FUNCTIONS = """
from shmlab import exchange
FREE = 0
def f(shm):
    while True:
        def is_free(was):
            return was is FREE
        if is_free(exchange(shm, "busy", 1)):
            break
    shm.counter += 1
    shm.busy = 0
"""


def test_a_function_that_is_made_for_each_try_and_compares_by_is_makes_no_states():
    program = Program(cell(MAKES_FUNCTIONS)["f"], processes=2, shared={"busy": 0, "counter": 0})
    verdict = program.check(max_states=500, progress=False)
    assert verdict.ok is True


SEQLOCK = """
def write(shm):
    for number in range(5):
        shm.version += 1
        shm.a = number
        shm.b = number
        shm.version += 1

def read(shm):
    while True:
        before = shm.version
        a = shm.a
        b = shm.b
        if before % 2 == 0 and shm.version == before:
            break
        FORGET
    assert a == b
"""


def test_variables_that_nobody_reads_any_more_make_no_states():
    def states(forget):
        space = cell(SEQLOCK.replace("FORGET", forget))
        program = Program([space["write"], space["read"]], shared={"version": 0, "a": 0, "b": 0})
        return program.check(progress=False).states

    assert states("pass") == states("before = a = b = None")


LOOPS = {  # loops without a step, and whether it is known that they have no end
    "pass": ("while True:\n    pass", True),
    "counts": ("n = 0\nwhile True:\n    n += 1", True),
    "a flag that nobody changes": ("go = shm.x\nwhile not go:\n    for i in range(9):\n        i += 1", True),
    "a long loop inside": ("while True:\n    for i in range(700):\n        i += 1", True),
    "250,000 rounds": ("s = 0\nfor i in range(250_000):\n    s += i\nshm.x = s > 0", False),
    "random numbers": ("import random\nwhile random.random() < 2:\n    pass", False),
}


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_without_a_step_fails_where_it_is_known_to_have_no_end(loop):
    text, endless = LOOPS[loop]
    program = Program(cell(f"def f(shm):\n{textwrap.indent(text, '    ')}")["f"], processes=1, shared={"x": 0})
    verdict = program.check(progress=False)
    if endless:
        assert verdict.failure.kind == "endless"
    else:
        assert verdict.ok is None
        assert "goes round a loop in line" in verdict.sentence


def test_a_cell_whose_statements_are_compiled_one_by_one_has_marks():
    """Python then calls what is in an imported module by other instructions than where it sees the import."""
    space = cell(IMPORTS + textwrap.dedent(WAYS["a look at the clock"]), by_statement=True)
    program = Program(space["f"], processes=2, shared={"busy": 0, "counter": 0}, invariant=lambda shm: shm.counter == 2)
    assert program.check(max_states=2000, progress=False).ok is True
