"""Programs written to get a false ok: in each, what was read hides where a mark might not look, and then decides z."""

import textwrap

import pytest
from cells import cell

from shmlab import Mutex, Program
from shmlab.explorer.check import check
from shmlab.explorer.question import Terms

SET_X = """
def g(shm):
    shm.x = 1
"""
ATTACKS = {
    "one of two equal cells of a generator": """
        def make():
            n = 0
            def bump():
                nonlocal n
                n += 1
            def numbers():
                yield n
                yield n
            return bump, numbers
        def choose(shm):
            bump, numbers = make()
            other, _ = make()
            kept = numbers()
            next(kept)
            return kept, bump if shm.x else other
        def f(shm):
            kept, bump = choose(shm)
            shm.y = 1
            bump()
            shm.z = next(kept)
        """,
    "a zip of generators": """
        def numbers(shm):
            yield 0
            shm.y = 1
            yield 0
        def f(shm):
            pairs = zip([0, 0], [0, 1]) if shm.x else zip([0, 0], [0, 0])
            shm.z = any(a for _, a in zip(numbers(shm), (b for _, b in pairs)))
        """,
    "arguments that wait for __init__": """
        class Seen:
            def __new__(cls, shm, value):
                del value
                shm.y = 1
                return super().__new__(cls)
            def __init__(self, shm, value):
                shm.z = value
        def f(shm):
            Seen(shm, shm.x)
        """,
    "a variable that is returned by way of finally": """
        def take(shm):
            try:
                got = shm.x
                return got
            finally:
                shm.y = 1
        def f(shm):
            shm.z = take(shm)
        """,
    "a variable that is returned out of a manager": """
        class Leaves:
            def __init__(self, shm):
                self.shm = shm
            def __enter__(self):
                pass
            def __exit__(self, *_):
                shm = self.shm
                shm.y = 1
        def take(shm):
            with Leaves(shm):
                got = shm.x
                return got
        def f(shm):
            shm.z = take(shm)
        """,
    "a variable that is returned by way of two finallys, in a loop": """
        def take(shm):
            for _ in range(2):
                try:
                    try:
                        got = shm.x
                        return got
                    finally:
                        shm.y = 1
                finally:
                    shm.y = 2
        def f(shm):
            shm.z = take(shm)
        """,
    "weakref": """
        import weakref


        class K:
            pass


        k = K()


        def f(shm):
            o = K()
            r = weakref.ref(o)
            if shm.x:
                o = None
            shm.y = 1
            shm.z = r() is None
        """,
    "hash": """
        class K:
            pass


        def f(shm):
            ks = [K(), K()]
            a = ks[0] if shm.x else ks[1]
            shm.y = 1
            shm.z = a is ks[0]
        """,
    "what was printed, by getattr": """
        import sys, io


        def f(shm):
            if shm.x:
                print("hello")
            shm.y = 1
            shm.z = bool(getattr(sys.stdout, "text", lambda: "")())
        """,
    "what was printed": """
        import sys


        def f(shm):
            if shm.x:
                print("hello")
            shm.y = 1
            shm.z = bool(sys.stdout.text())
        """,
    "parts of what was printed": """
        def f(shm):
            import sys

            if shm.x:
                print("hello")
            shm.y = 1
            shm.z = len(sys.stdout.__dict__["_parts"])
        """,
    "a warning shown once": """
        import warnings


        def f(shm):
            with warnings.catch_warnings(record=True) as w:
                warnings.simplefilter("once")
                if shm.x:
                    warnings.warn("a")
                shm.y = 1
                shm.z = len(w)
        """,
    "the collector, switched off": """
        import gc


        def f(shm):
            if shm.x:
                gc.disable()
            shm.y = 1
            shm.z = not gc.isenabled()
            gc.enable()
        """,
    "recursionlimit": """
        import sys


        def f(shm):
            old = sys.getrecursionlimit()
            if shm.x:
                sys.setrecursionlimit(old + 1)
            shm.y = 1
            shm.z = sys.getrecursionlimit() != old
            sys.setrecursionlimit(old)
        """,
    "decimal": """
        import decimal


        def f(shm):
            if shm.x:
                decimal.getcontext().prec = 5
            shm.y = 1
            shm.z = decimal.getcontext().prec == 5
            decimal.getcontext().prec = 28
        """,
    "environ": """
        import os


        def f(shm):
            if shm.x:
                os.environ["ZZ"] = "1"
            shm.y = 1
            shm.z = "ZZ" in os.environ
        """,
    "sys.modules": """
        import sys


        def f(shm):
            if shm.x:
                sys.modules["zz"] = 1
            shm.y = 1
            shm.z = sys.modules.pop("zz", 0)
        """,
    "sys.path": """
        import sys


        def f(shm):
            if shm.x:
                sys.path.append("zz")
            shm.y = 1
            shm.z = "zz" in sys.path
            if "zz" in sys.path:
                sys.path.remove("zz")
        """,
    "numpy err": """
        import numpy


        def f(shm):
            if shm.x:
                numpy.seterr(all="raise")
            shm.y = 1
            shm.z = numpy.geterr()["over"] == "raise"
            numpy.seterr(all="warn")
        """,
    "module attr": """
        import math


        def f(shm):
            if shm.x:
                math.zz = 1
            shm.y = 1
            shm.z = hasattr(math, "zz")
        """,
    "class dunder": """
        class K:
            __mode__ = [0]


        def f(shm):
            if shm.x:
                K.__mode__[0] = 1
            shm.y = 1
            shm.z = K.__mode__[0]
        """,
    "func attr dict": """
        def h():
            pass


        def f(shm):
            if shm.x:
                h.__dict__["a"] = 1
            shm.y = 1
            shm.z = h.__dict__.get("a", 0)
        """,
    "globals via module": """
        import sys

        n = 0


        def f(shm):
            global n
            if shm.x:
                n = 1
            shm.y = 1
            shm.z = n
        """,
    "closure via gen": """
        def g():
            a = 0
            while True:
                a = yield a


        def f(shm):
            i = g()
            next(i)
            i.send(shm.x)
            shm.y = 1
            shm.z = i.gi_frame.f_locals["a"]
        """,
    "gen local": """
        def g():
            a = 0
            while True:
                b = yield a
                a = b if b is not None else a


        def f(shm):
            i = g()
            next(i)
            i.send(shm.x)
            shm.y = 1
            shm.z = next(i)
        """,
    "genexpr nested": """
        def f(shm):
            i = (b for a in [1, 2] for b in [a, a + 1])
            if shm.x:
                next(i)
            shm.y = 1
            shm.z = next(i) == 2
        """,
    "partial": """
        import functools


        def h(l, v):
            l.append(v)
            return len(l)


        p = functools.partial(h, [])


        def f(shm):
            if shm.x:
                p(1)
            shm.y = 1
            shm.z = p(1) == 2
        """,
    "defaultdict factory": """
        import collections


        class C:
            n = 0

            def __call__(self):
                C.n += 1
                return C.n


        d = collections.defaultdict(C())


        def f(shm):
            if shm.x:
                d["a"]
            shm.y = 1
            shm.z = d["b"] == 2
        """,
    "itertools count": """
        import itertools


        def f(shm):
            c = itertools.count()
            if shm.x:
                next(c)
            shm.y = 1
            shm.z = next(c)
        """,
    "property state": """
        class K:
            @property
            def p(self):
                return self.__dict__.setdefault("n", []).append(1) or len(self.n)


        k = K()


        def f(shm):
            if shm.x:
                k.p
            shm.y = 1
            shm.z = k.p == 2
        """,
    "descriptor": """
        class D:
            def __get__(s, o, t):
                s.n = getattr(s, "n", 0) + 1
                return s.n


        class K:
            d = D()


        def f(shm):
            if shm.x:
                K.d
            shm.y = 1
            shm.z = K.d == 2
        """,
    "metaclass": """
        class M(type):
            n = 0

            def __call__(c):
                M.n += 1
                return M.n


        class K(metaclass=M):
            pass


        def f(shm):
            if shm.x:
                K()
            shm.y = 1
            shm.z = K() == 2
        """,
    "init_subclass": """
        class B:
            subs = []

            def __init_subclass__(c):
                B.subs.append(c)


        def f(shm):
            if shm.x:

                class K(B):
                    pass

            shm.y = 1
            shm.z = len(B.subs)
        """,
    "subclasses": """
        class B:
            pass


        def f(shm):
            if shm.x:

                class K(B):
                    pass

                B.keep = K
            shm.y = 1
            shm.z = len(B.__subclasses__())
        """,
    "abc cache": """
        import abc


        class B(abc.ABC):
            pass


        class C:
            pass


        def f(shm):
            if shm.x:
                B.register(C)
            shm.y = 1
            shm.z = issubclass(C, B)
        """,
    "exception traceback": """
        def f(shm):
            e = None
            try:
                if shm.x:
                    raise KeyError(1)
                raise KeyError(1)
            except KeyError as x:
                e = x
            shm.y = 1
            shm.z = e.__traceback__.tb_lineno == 6
        """,
    "exception context": """
        def f(shm):
            e = None
            try:
                try:
                    if shm.x:
                        raise ValueError
                    raise TypeError
                except Exception:
                    raise KeyError
            except KeyError as x:
                e = x
            shm.y = 1
            shm.z = isinstance(e.__context__, ValueError)
        """,
    "exception notes": """
        def f(shm):
            e = KeyError(1)
            if shm.x:
                e.add_note("n")
            shm.y = 1
            shm.z = len(getattr(e, "__notes__", []))
        """,
    "oserror": """
        def f(shm):
            e = OSError(1, "a")
            if shm.x:
                e.errno = 5
            shm.y = 1
            shm.z = e.errno == 5
        """,
    "stopiteration": """
        def f(shm):
            e = StopIteration(1)
            if shm.x:
                e.value = 7
            shm.y = 1
            shm.z = e.value == 7
        """,
    "nested handlers": """
        def h(shm):
            try:
                raise KeyError
            except KeyError:
                shm.y = 1


        def f(shm):
            try:
                try:
                    if shm.x:
                        raise ValueError
                    raise TypeError
                except (ValueError, TypeError):
                    h(shm)
                    raise
            except ValueError:
                shm.z = 1
            except TypeError:
                pass
        """,
    "int identity": """
        def f(shm):
            a = 1000 + shm.x * 0
            b = a if shm.x else 1000 + shm.y * 0
            shm.y = 1
            shm.z = a is b
        """,
    "str identity": """
        def f(shm):
            a = str(1000 + shm.x * 0)
            b = a if shm.x else str(1000)
            shm.y = 1
            shm.z = a is b
        """,
    "operator is": """
        import operator


        def f(shm):
            a = 1000 + shm.x * 0
            b = a if shm.x else 1000 + shm.y * 0
            shm.y = 1
            shm.z = operator.is_(a, b)
        """,
    "list index identity": """
        def f(shm):
            n = float("nan")
            l = [n] if shm.x else [float("nan")]
            shm.y = 1
            shm.z = n in l
        """,
    "deque iter": """
        import collections


        def f(shm):
            d = collections.deque([1, 2, 3])
            i = iter(d)
            if shm.x:
                next(i)
            shm.y = 1
            shm.z = next(i) == 2
        """,
    "dict iter": """
        def f(shm):
            d = {1: 1, 2: 2}
            i = iter(d)
            if shm.x:
                next(i)
            shm.y = 1
            shm.z = next(i) == 2
        """,
    "str join lazily": """
        def f(shm):
            m = map(str, [1, 2, 3])
            if shm.x:
                next(m)
            shm.y = 1
            shm.z = "".join(m) == "23"
        """,
    "memoryview release": """
        def f(shm):
            m = memoryview(bytearray(b"abc"))
            if shm.x:
                m.release()
            shm.y = 1
            try:
                m[0]
            except ValueError:
                shm.z = 1
        """,
    "bytearray": """
        def f(shm):
            b = bytearray(b"a")
            if shm.x:
                b[0] = 0
            shm.y = 1
            shm.z = b[0] == 0
        """,
    "array": """
        import array


        def f(shm):
            b = array.array("i", [1])
            if shm.x:
                b[0] = 0
            shm.y = 1
            shm.z = b[0] == 0
        """,
    "simplenamespace": """
        import types

        n = types.SimpleNamespace(a=0)


        def f(shm):
            if shm.x:
                n.a = 1
            shm.y = 1
            shm.z = n.a
        """,
    "re scanner": """
        import re

        s = re.compile("a").scanner("aa")


        def f(shm):
            s = re.compile("a").scanner("ab")
            if shm.x:
                s.search()
            shm.y = 1
            shm.z = s.search() is None
        """,
    "finditer": """
        import re


        def f(shm):
            s = re.finditer("a", "ab")
            if shm.x:
                next(s)
            shm.y = 1
            shm.z = next(s, None) is None
        """,
    "lru": """
        import functools


        @functools.lru_cache
        def h(a):
            return a


        def f(shm):
            if shm.x:
                h(1)
            shm.y = 1
            shm.z = h.cache_info().currsize
        """,
    "singledispatch": """
        import functools


        @functools.singledispatch
        def h(a):
            return 0


        def f(shm):
            if shm.x:
                h.register(int, lambda a: 1)
            shm.y = 1
            shm.z = h(1)
        """,
    "chainmap": """
        import collections

        m = collections.ChainMap({})


        def f(shm):
            if shm.x:
                m["a"] = 1
            shm.y = 1
            shm.z = len(m)
        """,
    "heap": """
        import heapq

        h = []


        def f(shm):
            if shm.x:
                heapq.heappush(h, 1)
            shm.y = 1
            shm.z = len(h)
        """,
    "logging": """
        import logging


        def f(shm):
            l = logging.getLogger("q")
            if shm.x:
                l.setLevel(10)
            shm.y = 1
            shm.z = l.level == 10
            l.setLevel(0)
        """,
    "handle attr": """
        def f(shm, m):
            if shm.x:
                m.note = 1
            shm.y = 1
            shm.z = getattr(m, "note", 0)
        """,
    "cm class state": """
        class C:
            n = 0

            def __enter__(s):
                C.n += 1

            def __exit__(s, *a):
                pass


        c = C()


        def f(shm):
            if shm.x:
                with c:
                    pass
            shm.y = 1
            shm.z = C.n
        """,
    "exitstack": """
        import contextlib


        def f(shm):
            with contextlib.ExitStack() as s:
                if shm.x:
                    s.callback(lambda: setattr(shm, "z", 1))
                shm.y = 1
        """,
    "del": """
        class K:
            def __init__(s, shm):
                s.shm = shm

            def __del__(s):
                s.shm.z = 1


        def f(shm):
            k = K(shm) if shm.x else None
            shm.y = 1
            k = None
        """,
    "default kw": """
        def h(*, a=[]):
            a.append(1)
            return len(a)


        def f(shm):
            if shm.x:
                h()
            shm.y = 1
            shm.z = h() == 2
        """,
    "star args": """
        def h(*a, **k):
            return k


        d = {}


        def f(shm):
            k = h(b=shm.x)
            shm.y = 1
            shm.z = k["b"]
        """,
    "cell shared": """
        def mk():
            n = 0

            def i():
                nonlocal n
                n += 1

            def g():
                return n

            return i, g


        def f(shm):
            a, b = mk(), mk()
            i = a[0] if shm.x else b[0]
            g = a[1]
            del a, b
            shm.y = 1
            i()
            shm.z = g()
        """,
    "own cell": """
        def f(shm):
            fs = []

            def mk(d):
                n = 0

                def i():
                    nonlocal n
                    n += 1

                fs.append(i)
                if d:
                    mk(d - 1)
                else:
                    k = fs[0] if shm.x else fs[1]
                    fs.clear()
                    shm.y = 1
                    k()
                if d == 0:
                    shm.z = n

            mk(1)
        """,
    "thread local": """
        import threading

        t = threading.local()


        def f(shm):
            t = threading.local()
            if shm.x:
                t.a = 1
            shm.y = 1
            shm.z = hasattr(t, "a")
        """,
    "StringIO": """
        import io


        def f(shm):
            s = io.StringIO()
            if shm.x:
                s.write("a")
            shm.y = 1
            shm.z = bool(s.getvalue())
        """,
    "getattr built": """
        def h():
            return 0


        n = {"a": 0}


        def f(shm):
            g = getattr(h, "__glo" + "bals__")
            if shm.x:
                g["q"] = 1
            shm.y = 1
            shm.z = g.pop("q", 0)
        """,
    "vars": """
        class K:
            pass


        k = K()


        def f(shm):
            if shm.x:
                vars(k)["a"] = 1
            shm.y = 1
            shm.z = hasattr(k, "a")
        """,
    "type swap": """
        class A:
            v = 0


        class B:
            v = 1


        def f(shm):
            a = A()
            if shm.x:
                a.__class__ = B
            shm.y = 1
            shm.z = a.v
        """,
    "frozenset": """
        def f(shm):
            s = frozenset([8, 0]) if shm.x else frozenset([0, 8])
            shm.y = 1
            shm.z = next(iter(s)) == 8
        """,
    "set finger": """
        def f(shm):
            s = {0, 1, 2, 3}
            if shm.x:
                s.add(s.pop())
            shm.y = 1
            shm.z = s.pop() == 1
        """,
    "while else cont": """
        def f(shm):
            for i in [1, 2]:
                try:
                    if shm.x:
                        break
                finally:
                    shm.y = 1
            else:
                return
            shm.z = 1
        """,
    "return in finally": """
        def h(shm):
            try:
                return shm.x
            finally:
                shm.y = 1


        def f(shm):
            shm.z = h(shm)
        """,
    "match capture": """
        def f(shm):
            match [shm.x, 2]:
                case [a, b]:
                    shm.y = 1
                    shm.z = a
        """,
    "a traceback, by a format": """
        def f(shm):
            e = None
            try:
                if shm.x:
                    raise KeyError(1)
                raise KeyError(1)
            except KeyError as x:
                e = x
            shm.y = 1
            t = ("{0.__trace" + "back__.tb_lineno}").format(e)
            shm.z = t.endswith("6")
        """,
    "what is printed, redirected": """
        import contextlib
        import io
        def f(shm):
            text = io.StringIO()
            with contextlib.redirect_stdout(text):
                if shm.x:
                    print("a")
            shm.z = len(text.getvalue()) > 0
        """,
    "a seeded random number of the module": """
        import random
        DRAWN = random.Random(3).randrange(10)
        def f(shm):
            random.seed(3)
            if random.randrange(10) == DRAWN:
                shm.z = 1
        """,
    "a seeded order": """
        import random
        ORDER = random.Random(3).sample(range(9), 9)
        def f(shm):
            random.seed(3)
            if random.sample(range(9), 9) == ORDER:
                shm.z = 1
        """,
    "an object that is deleted on a rare way": """
        import weakref
        class C:
            pass
        def f(shm):
            seen = [shm.x for _ in range(2)]
            c = C()
            r = weakref.ref(c)
            shm.y = 1
            del c
            if seen == [0, 1]:
                shm.z = r() is None
        """,
}
FAR = {  # what hides, and how it decides z when many steps have been done in between
    "the fold of a time": ("import datetime\nt = datetime.time(1, fold=shm.x)", "shm.z = t.fold"),
    "a row of an array": (
        "import numpy\na = numpy.zeros(2, dtype=[('p', 'i4')])\nrow = a[0] if shm.x else a[1]",
        "row['p'] = 1\nshm.z = int(a[0]['p'])",
    ),
    "an empty view of a dict": (
        "import types\nd, e = {}, {}\nview = types.MappingProxyType(d if shm.x else e)",
        "d[2] = 1\nshm.z = len(view)",
    ),
    "a class that is registered": ("if shm.x:\n    Base.register(Late)", "shm.z = issubclass(Late, Base)"),
    "an annotation": ("if shm.x:\n    helper.__annotations__['a'] = 1", "shm.z = len(helper.__annotations__)"),
    "a docstring that is set by its name": (
        "if shm.x:\n    setattr(helper, '__doc__', 't')",
        "shm.z = helper.__doc__ == 't'",
    ),
    "a ufunc of one's own": (
        "import numpy\nh = numpy.frompyfunc((lambda v: 1) if shm.x else (lambda v: 0), 1, 1)",
        "shm.z = h(1)",
    ),
    "what a dtype says of itself": (
        "import numpy\nd = numpy.dtype('i8', metadata={'a': shm.x})",
        "shm.z = d.metadata['a']",
    ),
}
HELPERS = """
import abc
class Base(abc.ABC):
    pass
class Late:
    pass
def helper():
    pass
"""


@pytest.mark.parametrize("what", FAR)
def test_no_ok_where_it_decides_after_more_steps_than_a_test_goes(what):
    hides, decides = (textwrap.indent(part, "    ") for part in FAR[what])
    space = cell(f"{HELPERS}def f(shm):\n{hides}\n    for i in range(70):\n        shm.y = i\n{decides}\n{SET_X}")
    program = Program([space["f"], space["g"]], shared={"x": 0, "y": 0, "z": 0}, invariant=lambda shm: shm.z == 0)
    assert program.check(progress=False).ok is False


@pytest.mark.parametrize("where", ATTACKS)
def test_no_ok_for_a_program_that_can_fail(where):
    space = cell(textwrap.dedent(ATTACKS[where]) + SET_X)
    sync = {"m": Mutex()} if "(shm, m)" in ATTACKS[where] else {}
    functions, shared = [space["f"], space["g"]], {"x": 0, "y": 0, "z": 0}
    verdict = Program(functions, shared=shared, sync=sync, invariant=lambda shm: shm.z == 0).check(progress=False)
    assert verdict.ok is False


@pytest.mark.parametrize("where", [name for name in ATTACKS if name.startswith("a variable that is returned")])
def test_no_two_histories_with_one_mark_go_on_differently(where):
    space = cell(textwrap.dedent(ATTACKS[where]) + SET_X)
    program = Program([space["f"], space["g"]], shared={"x": 0, "y": 0, "z": 0}, invariant=lambda shm: True)
    question = program.question()
    assert check(question, Terms()).ok
    assert not question.unmarked
