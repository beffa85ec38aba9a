"""Two equal marks, one future: programs whose state hides where a mark might not look.

Each is counted with the merging of histories and without; the numbers and all finals must be equal.
In each, P0 reads x into some hiding place, passes a mark, and then stores to z what it hid.
"""

import textwrap

import pytest
from cells import cell, counted_both_ways, marks_taken
from hypothesis import given, settings
from hypothesis import strategies as st

from shmlab import Program

steadily = settings(deadline=None, derandomize=True, database=None)

SHARED = {"x": 0, "y": 0, "z": 0, "numbers": [1, 0]}
OTHERS = """
def helper(shm):
    shm.y = 1
    return 0

def g(shm):
    shm.x = 1
"""

HIDING = {
    "a local variable": """
        def f(shm):
            seen = shm.x
            shm.y = 1
            shm.z = seen
        """,
    "a variable of a caller": """
        def f(shm):
            seen = shm.x
            helper(shm)
            shm.z = seen
        """,
    "a variable that a nested function has": """
        def f(shm):
            seen = shm.x
            def later():
                shm.y = 1
                shm.z = seen
            later()
        """,
    "a variable that a nested function sets": """
        def f(shm):
            seen = 0
            def look():
                nonlocal seen
                seen = shm.x
            look()
            shm.y = 1
            shm.z = seen
        """,
    "a frame of a recursion": """
        def down(shm, depth):
            seen = shm.x
            if depth:
                down(shm, depth - 1)
            shm.z = seen + depth
        def f(shm):
            down(shm, 1)
        """,
    "a value that waits for the other operand": """
        def f(shm):
            shm.z = shm.x + helper(shm)
        """,
    "a value that waits for a conditional expression": """
        def f(shm):
            total = shm.x + (1 if helper(shm) else 2)
            shm.z = total
        """,
    "an element that waits for a conditional expression": """
        def f(shm):
            both = [shm.x, 1 if helper(shm) else 2]
            shm.z = both[0]
        """,
    "an argument that waits for the next": """
        def f(shm):
            shm.z = max(shm.x, helper(shm))
        """,
    "an f-string half made": """
        def f(shm):
            text = f"{shm.x}{helper(shm)}"
            shm.z = int(text)
        """,
    "a comparison of three": """
        def f(shm):
            shm.z = 5 > shm.x != helper(shm)
        """,
    "a walrus": """
        def f(shm):
            if (seen := shm.x) >= helper(shm):
                shm.z = seen
        """,
    "the old value of an augmented assignment": """
        def f(shm):
            total = shm.x
            def inner():
                nonlocal total
                total = 0
                shm.y = 1
                return 0
            total += inner()
            shm.z = total
        """,
    "a comprehension half done": """
        def f(shm):
            both = [shm.x if index == 0 else helper(shm) for index in range(2)]
            shm.z = both[0]
        """,
    "a comprehension with a conditional expression": """
        def f(shm):
            both = [shm.x if index == 0 else (1 if helper(shm) else 2) for index in range(2)]
            shm.z = both[0]
        """,
    "a set comprehension half done": """
        def f(shm):
            both = {(index, shm.x if index == 0 else helper(shm)) for index in range(2)}
            shm.z = (0, 1) in both
        """,
    "an accumulator of functools.reduce": """
        import functools
        def f(shm):
            def reduce(one, other):
                kept = one
                del one
                shm.y = other
                return kept
            shm.z = functools.reduce(reduce, [shm.x, 1, 2])
        """,
    "a sort half done": """
        def f(shm):
            def key(one):
                shm.y = 1
                return one
            shm.z = sorted([shm.x, 5, 7], key=key)[0]
        """,
    "a context manager made by a generator": """
        from contextlib import contextmanager
        @contextmanager
        def kept(shm):
            seen = shm.x
            yield
            shm.z = seen
        def f(shm):
            with kept(shm):
                shm.y = 1
        """,
    "a context manager of a class": """
        class Keep:
            def __init__(self, shm):
                self.shm = shm
            def __enter__(self):
                self.seen = self.shm.x
            def __exit__(self, *_):
                self.shm.z = self.seen
        def f(shm):
            with Keep(shm):
                shm.y = 1
        """,
    "the second of two context managers": """
        class Keep:
            def __init__(self, shm, name):
                self.shm, self.name = shm, name
            def __enter__(self):
                self.seen = self.shm.x
            def __exit__(self, *_):
                setattr(self.shm, self.name, self.seen)
        def f(shm):
            with Keep(shm, "y") as one, Keep(shm, "z") as two:
                shm.y = one or 5
        """,
    "a return value that waits for a with": """
        class Quiet:
            def __init__(self, shm):
                self.shm = shm
            def __enter__(self):
                return self
            def __exit__(self, *_):
                helper(self.shm)
        def read(shm):
            with Quiet(shm):
                return shm.x
        def f(shm):
            shm.z = read(shm)
        """,
    "a return value that waits for finally": """
        def read(shm):
            try:
                return shm.x
            finally:
                helper(shm)
        def f(shm):
            shm.z = read(shm)
        """,
    "an exception that waits for finally": """
        def read(shm):
            try:
                raise KeyError(shm.x)
            finally:
                helper(shm)
        def f(shm):
            try:
                read(shm)
            except KeyError as error:
                shm.z = error.args[0]
        """,
    "an exception that is raised again": """
        def f(shm):
            try:
                try:
                    raise ValueError(shm.x)
                except ValueError:
                    helper(shm)
                    raise
            except ValueError as error:
                shm.z = error.args[0]
        """,
    "the exception being handled": """
        import sys
        def f(shm):
            try:
                raise ValueError(shm.x)
            except ValueError:
                helper(shm)
                shm.z = sys.exc_info()[1].args[0]
        """,
    "a group of exceptions": """
        def f(shm):
            try:
                raise ExceptionGroup("two", [ValueError(shm.x), KeyError()])
            except* ValueError as group:
                helper(shm)
                shm.z = group.exceptions[0].args[0]
            except* KeyError:
                pass
        """,
    "an exception kept": """
        def f(shm):
            try:
                raise ValueError(shm.x)
            except ValueError as error:
                kept = error
            shm.y = 1
            shm.z = kept.args[0]
        """,
    "the subject of a match": """
        def f(shm):
            match shm.x:
                case 0 | 1 if helper(shm):
                    pass
                case seen:
                    shm.z = seen
        """,
    "a generator called by next": """
        def numbers(shm):
            yield shm.x
            yield 5
        def f(shm):
            found = numbers(shm)
            first = next(found)
            shm.y = 1
            shm.z = first + next(found)
        """,
    "a generator in a for loop": """
        def numbers(shm):
            seen = shm.x
            yield 1
            shm.y = 1
            yield seen
        def f(shm):
            for number in numbers(shm):
                shm.y = 2
            shm.z = number
        """,
    "a generator expression": """
        def f(shm):
            shm.z = sum(shm.x + helper(shm) for _ in range(1))
        """,
    "yield from": """
        def inner(shm):
            seen = shm.x
            yield helper(shm)
            yield seen
        def outer(shm):
            yield from inner(shm)
        def f(shm):
            shm.z = list(outer(shm))[1]
        """,
    "a generator's bound method": """
        def numbers(shm):
            seen = shm.x
            yield
            yield seen
        def f(shm):
            go_on = numbers(shm).__next__
            go_on()
            shm.y = 1
            shm.z = go_on()
        """,
    "a list iterator": """
        def f(shm):
            left = iter([1, 2, 3])
            if shm.x:
                next(left)
            shm.y = 1
            shm.z = next(left)
        """,
    "which list an iterator goes through": """
        def f(shm):
            one, other = [1], [1]
            left = iter(one if shm.x else other)
            shm.y = 1
            one[0] = 5
            shm.z = next(left)
        """,
    "which dict an iterator goes through": """
        def f(shm):
            one, other = {1: 0}, {1: 0}
            left = iter((one if shm.x else other).items())
            shm.y = 1
            one[1] = 5
            shm.z = next(left)[1]
        """,
    "an iterator under two names": """
        def f(shm):
            one = iter([1, 2, 3])
            other = one if shm.x else iter([1, 2, 3])
            shm.y = 1
            next(one)
            shm.z = next(other)
        """,
    "the iterator of a for loop": """
        def f(shm):
            left = [1, 2, 3]
            if shm.x:
                left = [2, 2, 3, 4]
            first, left = left[0], iter(left)
            del first
            for number in left:
                shm.y = 1
                shm.z = number + 10
        """,
    "itertools.tee": """
        import itertools
        def f(shm):
            one, other = itertools.tee(iter([1, 2, 3]))
            if shm.x:
                next(one)
            shm.y = 1
            shm.z = next(one) * 10 + next(other)
        """,
    "itertools.cycle": """
        import itertools
        def f(shm):
            turns = itertools.cycle([1, 2])
            if shm.x:
                next(turns)
            shm.y = 1
            shm.z = next(turns)
        """,
    "zip, map, enumerate": """
        def f(shm):
            left = zip(map(abs, [1, 2, 3]), enumerate("abc"))
            if shm.x:
                next(left)
            shm.y = 1
            shm.z = next(left)[0]
        """,
    "a list under two names": """
        def f(shm):
            one, other = [0], [0]
            chosen = one if shm.x else other
            shm.y = 1
            one[0] = 5
            shm.z = chosen[0]
        """,
    "the order of a dict": """
        def f(shm):
            found = {"a": 1, "b": 2}
            if shm.x:
                found["a"] = found.pop("a")
            shm.y = 1
            shm.z = next(iter(found.values()))
        """,
    "a numpy array and its view": """
        import numpy
        def f(shm):
            numbers = numpy.zeros(3, int)
            part = numbers[:2] if shm.x else numbers[:2].copy()
            shm.y = 1
            numbers[0] = 7
            shm.z = int(part[0])
        """,
    "a private ctypes Structure and a part of it": """
        import ctypes
        class Pair(ctypes.Structure):
            _fields_ = [("both", ctypes.c_int * 2)]
        def f(shm):
            one, other = Pair(), Pair()
            both = one.both if shm.x else other.both
            shm.y = 1
            one.both[0] = 7
            shm.z = both[0]
        """,
    "a bytearray and its memoryview": """
        def f(shm):
            one, other = bytearray(1), bytearray(1)
            part = memoryview(one if shm.x else other)
            shm.y = 1
            one[0] = 7
            shm.z = part[0]
        """,
    "a field chosen by what was read": """
        def f(shm):
            name = "y" if shm.x else "z"
            shm.y = 1
            setattr(shm, name, 7)
        """,
    "a list of globals": """
        seen = [0]
        def f(shm):
            seen[0] = shm.x
            shm.y = 1
            shm.z = seen[0]
        """,
    "a global": """
        seen = 0
        def f(shm):
            global seen
            seen = shm.x
            shm.y = 1
            shm.z = seen
        """,
    "a global that was not there before": """
        def f(shm):
            global seen
            seen = shm.x
            shm.y = 1
            shm.z = seen
        """,
    "a global set through globals()": """
        seen = 0
        def f(shm):
            globals()["seen"] = shm.x
            shm.y = 1
            shm.z = seen
        """,
    "a global with two underscores": """
        __seen = [0]
        def f(shm):
            __seen[0] = shm.x
            shm.y = 1
            shm.z = __seen[0]
        """,
    "a global of a callable object": """
        seen = 0
        class Work:
            def __call__(self, shm):
                global seen
                seen = shm.x
                shm.y = 1
                shm.z = seen
        f = Work()
        """,
    "a global of a partial": """
        import functools
        seen = 0
        def work(more, shm):
            global seen
            seen = shm.x
            shm.y = 1
            shm.z = seen
        f = functools.partial(work, 1)
        """,
    "a global of a bound method": """
        seen = 0
        class Work:
            def go(self, shm):
                global seen
                seen = shm.x
                shm.y = 1
                shm.z = seen
        f = Work().go
        """,
    "a global of a function without source": """
        space = {"seen": 0}
        exec("def put(seen_now):\\n global seen\\n seen = seen_now\\ndef get():\\n return seen", space)
        put, get = space["put"], space["get"]
        def f(shm):
            put(shm.x)
            shm.y = 1
            shm.z = get()
        """,
    "a global of a function in a list": """
        seen = 0
        def put(seen_now):
            global seen
            seen = seen_now
        verbs = [put]
        def f(shm):
            verbs[0](shm.x)
            shm.y = 1
            shm.z = seen
        """,
    "an attribute of the function": """
        def f(shm):
            f.seen = shm.x
            shm.y = 1
            shm.z = f.seen
        """,
    "an attribute of another function": """
        def note():
            pass
        def f(shm):
            note.seen = shm.x
            shm.y = 1
            shm.z = note.seen
        """,
    "an attribute of a module": """
        import types
        notes = types.ModuleType("notes")
        def f(shm):
            notes.seen = shm.x
            shm.y = 1
            shm.z = notes.seen
        """,
    "a mutable default": """
        def kept(value=None, seen=[]):
            if value is None:
                return seen[-1]
            seen.append(value)
        def f(shm):
            kept(shm.x)
            shm.y = 1
            shm.z = kept()
        """,
    "a default set anew": """
        def kept(value=0):
            return value
        def f(shm):
            kept.__defaults__ = (shm.x,)
            shm.y = 1
            shm.z = kept()
        """,
    "a closure": """
        def counter():
            seen = 0
            def put(value):
                nonlocal seen
                seen = value
            def get():
                return seen
            return put, get
        put, get = counter()
        def f(shm):
            put(shm.x)
            shm.y = 1
            shm.z = get()
        """,
    "which closure shares a variable": """
        def counter():
            count = 0
            def bump():
                nonlocal count
                count += 1
            def read():
                return count
            return bump, read
        def f(shm):
            bump, one = counter()
            _, other = counter()
            read = one if shm.x else other
            del one, other, _
            shm.y = 1
            bump()
            shm.z = read()
        """,
    "which lambda of a line": """
        def f(shm):
            number = (lambda: 1) if shm.x else (lambda: 2)
            shm.y = 1
            shm.z = number()
        """,
    "a function made by exec": """
        def f(shm):
            space = {}
            exec("def number():\\n return %d" % shm.x, space)
            number = space["number"]
            del space
            shm.y = 1
            shm.z = number()
        """,
    "functools.cache": """
        import functools
        def f(shm):
            first = functools.cache(lambda: shm.x)
            first()
            shm.y = 1
            shm.z = first()
        """,
    "a class attribute": """
        class Notes:
            pass
        def f(shm):
            Notes.seen = shm.x
            shm.y = 1
            shm.z = Notes.seen
        """,
    "a class attribute with two underscores": """
        class Notes:
            pass
        def f(shm):
            setattr(Notes, "__seen", shm.x)
            shm.y = 1
            shm.z = getattr(Notes, "__seen")
        """,
    "an attribute of a base class": """
        class Base:
            seen = 0
            def put(self, value):
                __class__.seen = value
        class Notes(Base):
            pass
        def f(shm):
            notes = Notes()
            notes.put(shm.x)
            shm.y = 1
            shm.z = notes.seen
        """,
    "what a property hides": """
        class Notes:
            _seen = 0
            @property
            def seen(self):
                return Notes._seen
            @seen.setter
            def seen(self, value):
                Notes._seen = value
        def f(shm):
            notes = Notes()
            notes.seen = shm.x
            shm.y = 1
            shm.z = notes.seen
        """,
    "a slot": """
        class Notes:
            __slots__ = ("seen",)
        def f(shm):
            notes = Notes()
            notes.seen = shm.x
            shm.y = 1
            shm.z = notes.seen
        """,
    "an int with an attribute": """
        class Number(int):
            pass
        def f(shm):
            number = Number(3)
            number.seen = shm.x
            shm.y = 1
            shm.z = number.seen
        """,
    "a list that is more": """
        class Notes(list):
            pass
        def f(shm):
            notes = Notes([1])
            notes.seen = shm.x
            shm.y = 1
            shm.z = notes.seen
        """,
    "an object that pickles less than it has": """
        class Notes:
            def __getstate__(self):
                return None
        def f(shm):
            notes = Notes()
            notes.seen = shm.x
            shm.y = 1
            shm.z = notes.seen
        """,
    "an object that is equal to any": """
        class Notes:
            seen = 0
            def __eq__(self, other):
                return True
            __hash__ = None
        def f(shm):
            notes = Notes()
            notes.seen = shm.x
            shm.y = 1
            shm.z = notes.seen
        """,
    "the precision of decimals": """
        import decimal
        def f(shm):
            with decimal.localcontext() as context:
                context.prec = 5 + shm.x
                shm.y = 1
                shm.z = len(str(decimal.Decimal(1) / 3))
        """,
    "a context variable": """
        import contextvars
        def f(shm):
            seen = contextvars.ContextVar("seen")
            seen.set(shm.x)
            shm.y = 1
            shm.z = seen.get()
        """,
    "a seeded random number": """
        import random
        def f(shm):
            dice = random.Random(1)
            if shm.x:
                dice.random()
            shm.y = 1
            shm.z = dice.randrange(100)
        """,
    "what a function that a sort calls has of an array": """
        def f(shm):
            numbers = shm.numbers
            first = max((0, 1), key=lambda at: numbers[at] + 2 * shm.x * at)
            shm.y = 1
            shm.z = first
        """,
    "a position in a text file of memory": """
        import io
        def f(shm):
            text = io.StringIO("abc")
            text.read(shm.x)
            shm.y = 1
            shm.z = ord(text.read(1))
        """,
}


@pytest.mark.parametrize("where", HIDING)
def test_what_hides_there_is_not_lost(where):
    merged, kept_apart = counted_both_ways(textwrap.dedent(HIDING[where]) + OTHERS, SHARED)
    assert merged == kept_apart


@pytest.mark.parametrize("where", HIDING)
def test_there_is_something_to_lose(where):
    """Each of these programs ends in more than one way, so that a wrong merging has something to show."""
    finals = counted_both_ways(textwrap.dedent(HIDING[where]) + OTHERS, SHARED)[1][2]
    assert len(finals) > 1


SPINS = """
def f(shm):
    for _ in range(2):
        while shm.turn:
            pass
        shm.turn = USED
        shm.turn = 0
"""
HARMLESS = {
    "nothing": "one = 1\nUSE = lambda: one",
    "an Enum": "import enum\nclass Turn(enum.Enum):\n    ON = 1\nUSE = lambda: Turn.ON.value",
    "an IntEnum": "import enum\nclass Turn(enum.IntEnum):\n    ON = 1\nUSE = lambda: Turn.ON",
    "a namedtuple": "import collections\nPair = collections.namedtuple('Pair', 'a b')\nUSE = lambda: Pair(1, 2).a",
    "a dataclass": "import dataclasses\n@dataclasses.dataclass\nclass Pair:\n    a: int = 1\nUSE = lambda: Pair().a",
    "a property": "class Turn:\n    @property\n    def on(self):\n        return 1\nUSE = lambda: Turn().on",
    "a static method": "class Turn:\n    @staticmethod\n    def on():\n        return 1\nUSE = lambda: Turn.on()",
    "a class method": "class Turn:\n    @classmethod\n    def on(cls):\n        return 1\nUSE = lambda: Turn.on()",
    "slots": "class Turn:\n    __slots__ = ('on',)\nUSE = lambda: len(Turn.__slots__)",
    "a struct.Struct": "import struct\nnumber = struct.Struct('<q')\nUSE = lambda: number.unpack(number.pack(1))[0]",
    "a compiled pattern": "import re\ndigits = re.compile('[0-9]')\nUSE = lambda: len(digits.findall('a1'))",
    "numpy": "import numpy\nones = numpy.ones(2, int)\nUSE = lambda: int(ones[0])",
    "a partial": "import functools\none = functools.partial(int, '1')\nUSE = lambda: one()",
}


@pytest.mark.parametrize("what", HARMLESS)
def test_a_spin_loop_closes_beside(what):
    """What cannot change, or is compared, does not keep histories apart: the loop comes back to states seen."""
    space = cell(HARMLESS[what] + "\n" + SPINS.replace("USED", "USE()"))
    verdict = Program(space["f"], processes=2, shared={"turn": 0}).check(max_states=500, progress=False)
    assert verdict.ok is True


def test_marks_are_taken_at_all():
    with marks_taken() as taken:
        counted_both_ways(textwrap.dedent(HIDING["a variable of a caller"]) + OTHERS, SHARED)
    assert sum(mark is not None for mark in taken) >= len(taken) / 2 > 2


# Random functions made of such places, each of which may hide what was read.

PLACES = [
    ["kept = shm.x", "LATER", "shm.z = kept"],
    ["seen[0] = shm.x", "LATER", "shm.z = seen[0] + seen[-1]"],
    ["total += shm.x", "LATER", "shm.z = total"],
    ["total = shm.x + (1 if helper(shm, 1) else 2)", "shm.z = total"],
    ["total = helper(shm, 2) + shm.x", "shm.z = total"],
    ["left = iter([3, 4, 5][shm.x :])", "LATER", "shm.z = next(left)"],
    ["put(shm.x)", "LATER", "shm.z = get()"],
    ["with Keep(shm):", "    LATER"],
    ["with kept_by_generator(shm):", "    LATER"],
    ["shm.z = pending(shm)"],
    ["shm.z = raised(shm)"],
    ["for number in range(shm.x, 2):", "    shm.y = number", "    LATER"],
    ["for number in numbers(shm):", "    shm.z = number"],
    ["found = [shm.x + helper(shm, index) for index in range(2)]", "shm.z = found[0]"],
    ["chosen = seen if shm.x else [0]", "LATER", "seen[0] += 1", "shm.z = chosen[0]"],
    ["work = (lambda: 3) if shm.x else (lambda: 4)", "LATER", "shm.z = work()"],
    ["Notes.seen = shm.x", "LATER", "shm.z = Notes.seen"],
    ["note.seen = shm.x", "LATER", "shm.z = note.seen"],
    ["match shm.x:", "    case 1:", "        LATER", "    case other:", "        shm.z = other + 3"],
    ["try:", "    LATER", "    raise KeyError(shm.x)", "except KeyError as error:", "    shm.z = error.args[0]"],
    ["while shm.x < 1 and len(seen) < 3:", "    seen.append(1)", "shm.z = len(seen)"],
]
FURNITURE = """
from contextlib import contextmanager

last = 0

class Notes:
    seen = 0

class Keep:
    def __init__(self, shm):
        self.shm = shm
    def __enter__(self):
        self.seen = self.shm.x
    def __exit__(self, *_):
        self.shm.z = self.seen

@contextmanager
def kept_by_generator(shm):
    seen = shm.x
    yield
    shm.z = seen

def note():
    pass

def put(value):
    global last
    last = value

def get():
    return last

def helper(shm, value):
    shm.y = value
    return 0

def pending(shm):
    try:
        return shm.x
    finally:
        helper(shm, 3)

def raised(shm):
    try:
        try:
            raise ValueError(shm.x)
        except ValueError:
            helper(shm, 4)
            raise
    except ValueError as error:
        return error.args[0]

def numbers(shm):
    yield shm.x
    shm.y = 5
    yield shm.x

def g(shm):
    shm.x = 1
    shm.x = 0
"""


def _filled(draw, place):
    later = draw(st.sampled_from(["shm.y = 6", "helper(shm, 7)", "total = total + 1; shm.y = total"]))
    return [line.replace("LATER", later) for line in place]


@st.composite
def functions(draw):
    """The source of a function f(shm) with one to three places, one perhaps inside of a loop."""
    lines = ["total, seen = 0, [0]"]
    for place in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=2)):
        filled = _filled(draw, place)
        if draw(st.integers(0, 3)) == 0:
            filled = ["for round in range(2):", *(f"    {line}" for line in filled)]
        lines += filled
    return "\n".join(["def f(shm):", *(f"    {line}" for line in lines)])


@settings(steadily, max_examples=60)
@given(functions())
def test_random_functions_end_alike_with_and_without_merging(text):
    merged, kept_apart = counted_both_ways(FURNITURE + text, SHARED)
    assert merged == kept_apart
