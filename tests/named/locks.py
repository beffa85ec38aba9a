"""Circular waits, missing releases and wrong locks: as the cause, and beside another one."""

from shmlab import Mutex, Semaphore

from .case import case

TAKES = {
    "with": "    with {0}:\n        with {1}:\n            pass",
    "one line": "    with {0}, {1}: pass",
    "acquire": "    {0}.acquire()\n    {1}.acquire()\n    {1}.release()\n    {0}.release()",
    "acquire in one line": "    {0}.acquire(); {1}.acquire(); {0}.release(); {1}.release()",
    "a loop": "    for one in ({0}, {1}): one.acquire()\n    for one in ({0}, {1}): one.release()",
    "helpers": "    def inner():\n        with {1}: pass\n\n    with {0}: inner()",
    "in brackets": "    with (\n        {0},\n        {1},\n    ):\n        pass",
    "try": "    {0}.acquire()\n    try:\n        {1}.acquire(); {1}.release()\n    finally:\n        {0}.release()",
}
SEM = {"a": Semaphore(1), "b": Semaphore(1)}
MUT = {"a": Mutex(), "b": Mutex()}


def crossed(before="", inside=""):
    return {
        label: f"\ndef f(shm, a, b):\n{before}\n{text.format('a', 'b')}\n\ndef g(shm, a, b):\n{before}\n"
               f"{text.format('b', 'a')}\n{inside}\n"
        for label, text in TAKES.items()
    }  # fmt: skip


# P0 keeps what it has acquired.
KEEPS = {
    "return": "    lock.acquire()\n    if shm.n == 0:\n        shm.n = 1\n        return\n    lock.release()",
    "one line": "    lock.acquire()\n    if shm.n == 0: shm.n = 1; return\n    lock.release()",
    "exception": "    try:\n        lock.acquire()\n        if shm.n == 0:\n            shm.n = 1; raise ValueError\n"
                 "        lock.release()\n    except ValueError:\n        pass",
    "match": "    lock.acquire()\n    match shm.n:\n        case 0: shm.n = 1\n        case _: lock.release()",
    "conditional": "    lock.acquire(); first = not shm.n\n    shm.n = 1\n    None if first else lock.release()",
    "helpers": "    def enter():\n        lock.acquire()\n        return not shm.n\n\n"
               "    if enter():\n        shm.n = 1\n        return\n    lock.release()",
    "in brackets": "    lock.acquire()\n    if (\n        not shm.n\n    ):\n        shm.n = 1\n        return\n"
                   "    lock.release()",
}  # fmt: skip
FORGETS = {
    "two lines": "    lock.acquire()\n    shm.n += 1",
    "one line": "    lock.acquire(); shm.n += 1",
    "if": "    if not shm.m:\n        lock.acquire()\n    shm.n += 1",
    "helpers": "    def enter(): lock.acquire()\n\n    enter()\n    shm.n += 1",
    "walrus": "    if (took := lock.acquire()) is None or True: shm.n += 1",
}


def each(layouts, names="shm, lock"):
    return {label: f"\ndef f({names}):\n{text}\n" for label, text in layouts.items()}


LOCKED = {
    "with": "    with {0}:\n        shm.n += 1",
    "one line": "    with {0}: shm.n += 1",
    "acquire": "    {0}.acquire()\n    old = shm.n\n    shm.n = old + 1\n    {0}.release()",
    "acquire in one line": "    {0}.acquire(); shm.n += 1; {0}.release()",
    "walrus": "    with {0}:\n        if (old := shm.n) < 10: shm.n = old + 1",
    "match": "    with {0}:\n        match shm.n:\n            case old: shm.n = old + 1",
    "conditional": "    with {0}:\n        shm.n = shm.n + 1 if shm.n < 10 else 0",
    "helpers": "    def change():\n        shm.n += 1\n\n    with {0}: change()",
    "in brackets": "    with (\n        {0}\n    ):\n        shm.n = (\n            shm.n + 1\n        )",
}


def locked(first, second, after=""):
    layouts = {}
    for label, text in LOCKED.items():
        one, other = text.format(first), text.format(second)
        layouts[label] = f"\ndef f(shm, a, b):\n{one}\n{after}\n\ndef g(shm, a, b):\n{other}\n{after}\n"
    return layouts


N = {"shared": {"n": 0, "m": 0}}
CASES = {}
for kind, sync in (("semaphores", SEM), ("mutexes", MUT)):
    lock = {"lock": sync["a"]}
    CASES |= {
        f"{kind} crossed": case("circular wait", crossed(), "fg", **N, sync=sync),
        f"{kind} crossed, and always wrong": case("", crossed(), "fg", **N, sync=sync, invariant=lambda s: s.n == 1),
        f"{kind} crossed, and a lost update": case(("", "lost update"), crossed("    shm.n += 1"), "fg", **N, sync=sync,
                                                   invariant=lambda s: s.n == 2),
        f"{kind} kept on one way": case("missing release", each(KEEPS), "f", processes=2, **N, sync=lock),
        f"{kind} kept on one way by three": case("missing release", each(KEEPS), "f", processes=3, **N, sync=lock),
        f"{kind} kept on one way, and always wrong": case("", each(KEEPS), "f", processes=2, **N, sync=lock,
                                                          invariant=lambda s: s.n == 5),
        f"{kind} never released": case("missing release", each(FORGETS), "f", processes=2, **N, sync=lock),
        f"two {kind} for one counter": case("wrong lock", locked("a", "b"), "fg", **N, sync=sync,
                                            invariant=lambda s: s.n == 2),
        f"two {kind}, and an update outside": case("lost update", locked("a", "b", "    shm.m += 1"), "fg", **N,
                                                   sync=sync, invariant=lambda s: s.m == 2),
        f"two {kind}, and always wrong": case("", locked("a", "b"), "fg", **N, sync=sync, invariant=lambda s: s.m == 2),
    }  # fmt: skip

TOKENS = {
    "two lines": "    room.acquire()\n    fetch_add(shm, 'n', 1)",
    "one line": "    room.acquire(); fetch_add(shm, 'n', 1)",
    "if": "    if not shm.m: room.acquire()\n    fetch_add(shm, 'n', 1)",
    "helpers": "    def enter(): room.acquire()\n\n    enter()\n    fetch_add(shm, 'n', 1)",
}
SWAPPED = {
    "with": "    with lock:\n        {0}.acquire()\n    {1}.release()",
    "one line": "    lock.acquire(); {0}.acquire(); lock.release(); {1}.release()",
    "acquire": "    lock.acquire()\n    {0}.acquire()\n    lock.release()\n    {1}.release()",
    "helpers": "    def enter():\n        lock.acquire()\n        {0}.acquire()\n\n"
               "    enter()\n    lock.release()\n    {1}.release()",
}  # fmt: skip
FORGETFUL = """
def f(shm, room, items):
{0}
    items.release()

def g(shm, room, items):
    items.acquire(); items.acquire()
    if shm.m: room.release()
"""
CONSUMER_WAITS = """
def f(shm, room, items, lock):
    room.acquire()
    with lock: shm.n += 1
    items.release()

def g(shm, room, items, lock):
{0}
"""
PRODUCER_WAITS = """
def f(shm, room, items, lock):
{0}

def g(shm, room, items, lock):
    for _ in range(2):
        items.acquire()
        with lock: shm.n += 1
        room.release()
"""
BUFFER = {"room": Semaphore(1), "items": Semaphore(0), "lock": Mutex()}
CASES |= {
    "units of room that a consumer does not give back": case(
        "", {label: FORGETFUL.format(text) for label, text in TOKENS.items()}, "ffg", **N,
        sync={"room": Semaphore(1), "items": Semaphore(0)}),
    "waits for an item with the lock held": case(
        "", {label: CONSUMER_WAITS.format(text.format("items", "room")) for label, text in SWAPPED.items()}, "fg", **N,
        sync=BUFFER),
    "producers with the lock wait for room": case(
        "", {label: PRODUCER_WAITS.format(text.format("room", "items")) for label, text in SWAPPED.items()}, "ffg", **N,
        sync=BUFFER),
    "locks crossed, and one of them kept": case("", {
        label: text.replace("def g", "    a.acquire()\n\ndef g") for label, text in crossed().items()}, "fg", **N,
        sync=SEM),
}  # fmt: skip
