"""Random programs as people write them in Python: with closures, classes, containers, exceptions, generators, context
managers, match, imports, caches. `source(seed)` returns the text of one: a function f(shm), made of blocks that each
keep a value read from shm in a place that is hard to see, and a function g(shm) that writes what f reads."""

import random
import textwrap

_TEXT = """
def block(shm):
    seen = [shm.x for _ in range(2)]
    shm.y = 1
    shm.z += seen[0] + 2 * seen[1]
---
def block(shm):
    def look(index):
        shm.y = index
        return shm.x
    shm.z += sum([look(index) * (index + 1) for index in range(2)])
---
def block(shm):
    table = {index: shm.x for index in range(2)}
    shm.y = 2
    shm.z += table[0] + 3 * table[1]
---
def block(shm):
    if any(shm.x == number for number in (1, 2)):
        shm.y = 3
    shm.z += all(shm.x < number for number in (1, 2))
---
def block(shm):
    match shm.x:
        case 0:
            shm.y = 4
            found = "nothing"
        case 1 if shm.y:
            found = "one"
        case other:
            found = other
    shm.y = 5
    shm.z += len(str(found))
---
def block(shm):
    match {"kind": shm.x, "rest": [1, 2]}:
        case {"kind": 1, "rest": [first, *more]}:
            shm.y = first
            shm.z += len(more)
        case {"kind": kind}:
            shm.y = kind
---
class Account:
    total = 0
    def __init__(self, shm):
        self.shm, self.seen = shm, []
    def look(self):
        self.seen.append(self.shm.x)
        return self
    def __len__(self):
        return sum(self.seen)
    @property
    def twice(self):
        return 2 * len(self)
def block(shm):
    account = Account(shm).look()
    shm.y = 6
    shm.z += account.look().twice
---
class Stack(list):
    def push(self, value):
        self.append(value)
        self.last = value
def block(shm):
    stack = Stack()
    stack.push(shm.x)
    shm.y = 7
    stack.push(2)
    shm.z += stack[0] + stack.last
---
import dataclasses
@dataclasses.dataclass
class Point:
    a: int = 0
    b: list = dataclasses.field(default_factory=list)
def block(shm):
    point = Point(shm.x)
    point.b.append(point.a)
    shm.y = 8
    shm.z += point.a + len(point.b)
---
import collections
def block(shm):
    queue = collections.deque([1, 2, 3])
    take = queue.popleft
    if shm.x:
        take()
    shm.y = 9
    shm.z += take()
---
import collections
def block(shm):
    counted = collections.Counter()
    counted["seen"] += shm.x
    many = collections.defaultdict(list)
    many[shm.x].append(1)
    shm.y = 10
    shm.z += counted["seen"] + len(many)
---
def block(shm):
    free = {0, 1, 2, 3}
    if shm.x:
        free.add(free.pop())
    shm.y = 11
    shm.z += free.pop()
---
def block(shm):
    names = {"b": 1, "a": 2}
    if shm.x:
        names["b"] = names.pop("b")
    shm.y = 12
    shm.z += next(iter(names.values()))
---
def numbers(shm):
    kept = shm.x
    received = yield kept
    shm.y = received
    yield kept + received
def block(shm):
    going = numbers(shm)
    first = next(going)
    shm.y = 13
    shm.z += going.send(2) + first
---
def inner(shm):
    yield shm.x
    yield shm.x + 1
def outer(shm):
    try:
        yield from inner(shm)
    finally:
        shm.y = 14
def block(shm):
    for number in outer(shm):
        shm.z += number
        if number == 1:
            break
---
from contextlib import contextmanager
@contextmanager
def held(shm):
    before = shm.x
    try:
        yield before
    finally:
        shm.y = before + 15
def block(shm):
    with held(shm) as before, held(shm):
        shm.z += before
---
from contextlib import contextmanager
@contextmanager
def quiet(shm):
    try:
        yield
    except ValueError as error:
        shm.y = error.args[0]
def block(shm):
    with quiet(shm):
        if shm.x:
            raise ValueError(3)
        raise ValueError(shm.x + 4)
---
class Guard:
    def __init__(self, shm):
        self.shm = shm
    def __enter__(self):
        return self
    def __exit__(self, kind, value, trace):
        del kind, value, trace
        self.shm.y = 16
def block(shm):
    try:
        with Guard(shm):
            if shm.x:
                raise KeyError
            raise ValueError
    except ValueError:
        shm.z += 1
    except KeyError:
        shm.z += 2
---
class Full(Exception):
    def __init__(self, size):
        super().__init__(f"full at {size}")
        self.size = size
def put(shm):
    if shm.x:
        raise Full(shm.x + 1)
    raise Full(7)
def block(shm):
    try:
        put(shm)
    except Full as full:
        shm.y = 17
        shm.z += full.size
---
def block(shm):
    try:
        try:
            raise KeyError(shm.x)
        finally:
            shm.y = 18
    except KeyError as error:
        shm.z += error.args[0] + 1
---
def block(shm):
    for attempt in range(2):
        try:
            if shm.x == attempt:
                continue
            shm.y = attempt
        finally:
            shm.z += attempt + 1
---
def read(shm):
    try:
        return shm.x
    finally:
        shm.y = 19
def block(shm):
    shm.z += read(shm)
---
def counter():
    count = 0
    def bump(by):
        nonlocal count
        count += by
        return count
    return bump
def block(shm):
    one, other = counter(), counter()
    chosen = one if shm.x else other
    chosen(1)
    shm.y = 20
    shm.z += one(1) + 3 * other(1)
---
last = 0
def remember(value):
    global last
    last = value
def block(shm):
    remember(shm.x)
    shm.y = 21
    shm.z += last
---
__state__ = {"seen": 0}
def block(shm):
    __state__["seen"] = shm.x
    shm.y = 22
    shm.z += __state__["seen"]
---
import functools
@functools.cache
def square(number):
    return number * number + 1
def block(shm):
    first = square(shm.x)
    shm.y = 23
    shm.z += square(first) + square.cache_info().hits
---
import functools
class Lazy:
    def __init__(self, shm):
        self.shm = shm
    @functools.cached_property
    def seen(self):
        return self.shm.x
def block(shm):
    lazy = Lazy(shm)
    first = lazy.seen
    shm.y = 24
    shm.z += first + lazy.seen
---
def block(shm):
    import math
    from itertools import count, islice
    turns = count(shm.x)
    shm.y = 25
    shm.z += sum(islice(turns, 2)) + int(math.sqrt(4))
---
def block(shm):
    pairs = enumerate(zip("abc", [3, 4, 5]))
    if shm.x:
        next(pairs)
    shm.y = 26
    shm.z += next(pairs)[1][1]
---
def block(shm):
    old = shm.x
    old = shm.y
    shm.z += 1
    new = old + 1
    shm.y = new
---
def block(shm):
    total = 0
    while (seen := shm.x) < 2 and total < 2:
        total += 1 + seen
        shm.y = total
    shm.z += total
---
def block(shm):
    first, *rest = [shm.x, 2, 3]
    rest.append(first)
    shm.y = 27
    shm.z += rest.pop() + (rest[-1] if first else 0)
---
def block(shm):
    work = (lambda: 3) if shm.x else (lambda: 4)
    shm.y = 28
    shm.z += work()
---
class Meta(type):
    made = 0
    def __call__(cls, *arguments):
        Meta.made += 1
        return super().__call__(*arguments)
class Thing(metaclass=Meta):
    pass
def block(shm):
    if shm.x:
        Thing()
    shm.y = 29
    Thing()
    shm.z += Meta.made
---
class Node:
    def __init__(self, value, after=None):
        self.value, self.after = value, after
def block(shm):
    head = Node(1)
    head.after = Node(2, head if shm.x else None)
    shm.y = 30
    shm.z += head.after.after is head
---
def walk(shm, depth):
    here = shm.x
    if depth:
        walk(shm, depth - 1)
    shm.z += here + depth
def block(shm):
    walk(shm, 1)
---
import enum
class Turn(enum.Enum):
    FREE = 0
    BUSY = 1
def block(shm):
    turn = Turn(shm.x % 2)
    shm.y = 31
    shm.z += 5 if turn is Turn.BUSY else 6
---
def block(shm):
    text = f"{shm.x}-{shm.y}"
    shm.y = 32
    shm.z += len(text) + text.startswith("1")
---
def block(shm):
    number = 1000 + shm.x
    other = number if shm.x else 1000 + 0 * number
    shm.y = 33
    shm.z += number is other
"""
BLOCKS = _TEXT.split("---\n")
JOINED = [
    "BLOCK(shm)",
    "for _ in range(2):\n    BLOCK(shm)",
    "try:\n    BLOCK(shm)\nfinally:\n    shm.y = 40",
    "if shm.x:\n    BLOCK(shm)",
    "[BLOCK(shm) for _ in range(1)]",
]
WRITERS = ["shm.x = 1", "shm.x = 1\nshm.x = 0", "shm.x = 2", "if shm.y:\n    shm.x = 1", "shm.x = shm.y + 1"]


def source(seed):
    """The text of program number `seed`."""
    drawn = random.Random(seed)
    blocks = drawn.sample(BLOCKS, drawn.choice([1, 1, 2]))
    texts, body = [], []
    for number, block in enumerate(blocks):
        texts.append(block.replace("def block(", f"def block{number}("))
        body.append(drawn.choice(JOINED).replace("BLOCK", f"block{number}"))
    functions = {"f": "\n".join(body), "g": drawn.choice(WRITERS)}
    texts += [f"def {name}(shm):\n{textwrap.indent(text, '    ')}" for name, text in functions.items()]
    return "\n".join(texts)
