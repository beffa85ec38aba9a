"""Random programs of the kind that people write in Python: closures, classes, containers, exceptions, generators,
context managers, match, imports, caches. `source(seed)` is the text of one: a function f(shm), made of blocks in each of
which what was read hides in some way, and a function g(shm) that writes what it reads."""

import random
import textwrap

BLOCKS = [
    "\ndef block(shm):\n    seen = [shm.x for _ in range(2)]\n    shm.y = 1\n    shm.z += seen[0] + 2 * seen[1]\n",
    "def block(shm):\n    def look(index):\n        shm.y = index\n        return shm.x\n    shm.z += sum([look(index) * (index + 1) for index in range(2)])\n",
    "def block(shm):\n    table = {index: shm.x for index in range(2)}\n    shm.y = 2\n    shm.z += table[0] + 3 * table[1]\n",
    "def block(shm):\n    if any(shm.x == number for number in (1, 2)):\n        shm.y = 3\n    shm.z += all(shm.x < number for number in (1, 2))\n",
    'def block(shm):\n    match shm.x:\n        case 0:\n            shm.y = 4\n            found = "nothing"\n        case 1 if shm.y:\n            found = "one"\n        case other:\n            found = other\n    shm.y = 5\n    shm.z += len(str(found))\n',
    'def block(shm):\n    match {"kind": shm.x, "rest": [1, 2]}:\n        case {"kind": 1, "rest": [first, *more]}:\n            shm.y = first\n            shm.z += len(more)\n        case {"kind": kind}:\n            shm.y = kind\n',
    "class Account:\n    total = 0\n    def __init__(self, shm):\n        self.shm, self.seen = shm, []\n    def look(self):\n        self.seen.append(self.shm.x)\n        return self\n    def __len__(self):\n        return sum(self.seen)\n    @property\n    def twice(self):\n        return 2 * len(self)\ndef block(shm):\n    account = Account(shm).look()\n    shm.y = 6\n    shm.z += account.look().twice\n",
    "class Stack(list):\n    def push(self, value):\n        self.append(value)\n        self.last = value\ndef block(shm):\n    stack = Stack()\n    stack.push(shm.x)\n    shm.y = 7\n    stack.push(2)\n    shm.z += stack[0] + stack.last\n",
    "import dataclasses\n@dataclasses.dataclass\nclass Point:\n    a: int = 0\n    b: list = dataclasses.field(default_factory=list)\ndef block(shm):\n    point = Point(shm.x)\n    point.b.append(point.a)\n    shm.y = 8\n    shm.z += point.a + len(point.b)\n",
    "import collections\ndef block(shm):\n    queue = collections.deque([1, 2, 3])\n    take = queue.popleft\n    if shm.x:\n        take()\n    shm.y = 9\n    shm.z += take()\n",
    'import collections\ndef block(shm):\n    counted = collections.Counter()\n    counted["seen"] += shm.x\n    many = collections.defaultdict(list)\n    many[shm.x].append(1)\n    shm.y = 10\n    shm.z += counted["seen"] + len(many)\n',
    "def block(shm):\n    free = {0, 1, 2, 3}\n    if shm.x:\n        free.add(free.pop())\n    shm.y = 11\n    shm.z += free.pop()\n",
    'def block(shm):\n    names = {"b": 1, "a": 2}\n    if shm.x:\n        names["b"] = names.pop("b")\n    shm.y = 12\n    shm.z += next(iter(names.values()))\n',
    "def numbers(shm):\n    kept = shm.x\n    received = yield kept\n    shm.y = received\n    yield kept + received\ndef block(shm):\n    going = numbers(shm)\n    first = next(going)\n    shm.y = 13\n    shm.z += going.send(2) + first\n",
    "def inner(shm):\n    yield shm.x\n    yield shm.x + 1\ndef outer(shm):\n    try:\n        yield from inner(shm)\n    finally:\n        shm.y = 14\ndef block(shm):\n    for number in outer(shm):\n        shm.z += number\n        if number == 1:\n            break\n",
    "from contextlib import contextmanager\n@contextmanager\ndef held(shm):\n    before = shm.x\n    try:\n        yield before\n    finally:\n        shm.y = before + 15\ndef block(shm):\n    with held(shm) as before, held(shm):\n        shm.z += before\n",
    "from contextlib import contextmanager\n@contextmanager\ndef quiet(shm):\n    try:\n        yield\n    except ValueError as error:\n        shm.y = error.args[0]\ndef block(shm):\n    with quiet(shm):\n        if shm.x:\n            raise ValueError(3)\n        raise ValueError(shm.x + 4)\n",
    "class Guard:\n    def __init__(self, shm):\n        self.shm = shm\n    def __enter__(self):\n        return self\n    def __exit__(self, kind, value, trace):\n        del kind, value, trace\n        self.shm.y = 16\ndef block(shm):\n    try:\n        with Guard(shm):\n            if shm.x:\n                raise KeyError\n            raise ValueError\n    except ValueError:\n        shm.z += 1\n    except KeyError:\n        shm.z += 2\n",
    'class Full(Exception):\n    def __init__(self, size):\n        super().__init__(f"full at {size}")\n        self.size = size\ndef put(shm):\n    if shm.x:\n        raise Full(shm.x + 1)\n    raise Full(7)\ndef block(shm):\n    try:\n        put(shm)\n    except Full as full:\n        shm.y = 17\n        shm.z += full.size\n',
    "def block(shm):\n    try:\n        try:\n            raise KeyError(shm.x)\n        finally:\n            shm.y = 18\n    except KeyError as error:\n        shm.z += error.args[0] + 1\n",
    "def block(shm):\n    for attempt in range(2):\n        try:\n            if shm.x == attempt:\n                continue\n            shm.y = attempt\n        finally:\n            shm.z += attempt + 1\n",
    "def read(shm):\n    try:\n        return shm.x\n    finally:\n        shm.y = 19\ndef block(shm):\n    shm.z += read(shm)\n",
    "def counter():\n    count = 0\n    def bump(by):\n        nonlocal count\n        count += by\n        return count\n    return bump\ndef block(shm):\n    one, other = counter(), counter()\n    chosen = one if shm.x else other\n    chosen(1)\n    shm.y = 20\n    shm.z += one(1) + 3 * other(1)\n",
    "last = 0\ndef remember(value):\n    global last\n    last = value\ndef block(shm):\n    remember(shm.x)\n    shm.y = 21\n    shm.z += last\n",
    '__state__ = {"seen": 0}\ndef block(shm):\n    __state__["seen"] = shm.x\n    shm.y = 22\n    shm.z += __state__["seen"]\n',
    "import functools\n@functools.cache\ndef square(number):\n    return number * number + 1\ndef block(shm):\n    first = square(shm.x)\n    shm.y = 23\n    shm.z += square(first) + square.cache_info().hits\n",
    "import functools\nclass Lazy:\n    def __init__(self, shm):\n        self.shm = shm\n    @functools.cached_property\n    def seen(self):\n        return self.shm.x\ndef block(shm):\n    lazy = Lazy(shm)\n    first = lazy.seen\n    shm.y = 24\n    shm.z += first + lazy.seen\n",
    "def block(shm):\n    import math\n    from itertools import count, islice\n    turns = count(shm.x)\n    shm.y = 25\n    shm.z += sum(islice(turns, 2)) + int(math.sqrt(4))\n",
    'def block(shm):\n    pairs = enumerate(zip("abc", [3, 4, 5]))\n    if shm.x:\n        next(pairs)\n    shm.y = 26\n    shm.z += next(pairs)[1][1]\n',
    "def block(shm):\n    old = shm.x\n    old = shm.y\n    shm.z += 1\n    new = old + 1\n    shm.y = new\n",
    "def block(shm):\n    total = 0\n    while (seen := shm.x) < 2 and total < 2:\n        total += 1 + seen\n        shm.y = total\n    shm.z += total\n",
    "def block(shm):\n    first, *rest = [shm.x, 2, 3]\n    rest.append(first)\n    shm.y = 27\n    shm.z += rest.pop() + (rest[-1] if first else 0)\n",
    "def block(shm):\n    work = (lambda: 3) if shm.x else (lambda: 4)\n    shm.y = 28\n    shm.z += work()\n",
    "class Meta(type):\n    made = 0\n    def __call__(cls, *arguments):\n        Meta.made += 1\n        return super().__call__(*arguments)\nclass Thing(metaclass=Meta):\n    pass\ndef block(shm):\n    if shm.x:\n        Thing()\n    shm.y = 29\n    Thing()\n    shm.z += Meta.made\n",
    "class Node:\n    def __init__(self, value, after=None):\n        self.value, self.after = value, after\ndef block(shm):\n    head = Node(1)\n    head.after = Node(2, head if shm.x else None)\n    shm.y = 30\n    shm.z += head.after.after is head\n",
    "def walk(shm, depth):\n    here = shm.x\n    if depth:\n        walk(shm, depth - 1)\n    shm.z += here + depth\ndef block(shm):\n    walk(shm, 1)\n",
    "import enum\nclass Turn(enum.Enum):\n    FREE = 0\n    BUSY = 1\ndef block(shm):\n    turn = Turn(shm.x % 2)\n    shm.y = 31\n    shm.z += 5 if turn is Turn.BUSY else 6\n",
    'def block(shm):\n    text = f"{shm.x}-{shm.y}"\n    shm.y = 32\n    shm.z += len(text) + text.startswith("1")\n',
    "def block(shm):\n    number = 1000 + shm.x\n    other = number if shm.x else 1000 + 0 * number\n    shm.y = 33\n    shm.z += number is other\n",
]
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
