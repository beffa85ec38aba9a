"""Torn reads and unsafe publications: as the cause, and beside another one."""

from shmlab import Mutex

from .case import case

READERS = {
    "two lines": """
    left = shm.left
    right = shm.right
    shm.got[0] = left
    shm.got[1] = right""",
    "one line": "    left = shm.left; right = shm.right; shm.got[0] = left; shm.got[1] = right",
    "a tuple": "    shm.got[0], shm.got[1] = shm.left, shm.right",
    "stored at once": """
    shm.got[0] = shm.left
    shm.got[1] = shm.right""",
    "in brackets": """
    left, right = (
        shm.left,
        shm.right,
    )
    shm.got[0] = left
    shm.got[1] = right""",
    "walrus": """
    if ((left := shm.left), (right := shm.right)):
        shm.got[0] = left; shm.got[1] = right""",
    "match": """
    match shm.left, shm.right:
        case left, right:
            shm.got[0] = left
            shm.got[1] = right""",
    "helpers": """
    pair = [getattr(shm, name) for name in ("left", "right")]
    shm.got[0] = pair[0]
    shm.got[1] = pair[1]""",
}
PAIR = {"shared": {"left": 0, "right": 0, "got": [0, 0]}, "invariant": lambda s: s.got[0] == s.got[1]}


def reading(write, after=""):
    return {
        label: f"\ndef f(shm):\n    {write}\n{after}\n\ndef g(shm):\n{text}\n{after}\n"
        for label, text in READERS.items()
    }


ASSERTING = {
    "assert": "    assert shm.left == shm.right",
    "two lines": "    left = shm.left\n    assert left == shm.right",
    "in brackets": "    assert (\n        shm.left\n        == shm.right\n    )",
    "if": "    if shm.left != shm.right:\n        raise AssertionError",
    "one line": "    same = shm.left == shm.right; assert same",
    "match": "    match shm.left - shm.right:\n        case 0: pass\n        case _: raise AssertionError",
    "difference": "    assert not shm.left - shm.right",
}
WRITTEN = {
    "two lines": "    shm.left = 1\n    shm.right = 1",
    "one line": "    shm.left = 1; shm.right = 1",
    "at once": "    shm.left = shm.right = 1",
    "a tuple": "    shm.left, shm.right = 1, 1",
    "a loop": "    for name in ('left', 'right'): setattr(shm, name, 1)",
    "augmented": "    shm.left += 1\n    shm.right += 1",
}

MOVED = {
    "atomic": "    fetch_add(shm, 'a', -1); fetch_add(shm, 'b', 1)",
    "two lines": "    shm.a -= 1\n    shm.b += 1",
    "walrus": "    shm.a = (old := shm.a) - 1; shm.b = 6 - old",
}
SUMMED = {
    "sum": "    assert shm.a + shm.b == 5",
    "two lines": "    a = shm.a\n    assert a + shm.b == 5",
    "loop": "    assert sum(getattr(shm, name) for name in 'ab') == 5",
    "match": "    match shm.a + shm.b:\n        case 5: pass\n        case _: raise AssertionError",
}

FLAG_FIRST = {
    "two lines": "    shm.ready = 1\n    shm.data = 7",
    "one line": "    shm.ready = 1; shm.data = 7",
    "fetch_add": "    fetch_add(shm, 'ready', 1)\n    shm.data = 7",
    "at once": "    shm.ready, shm.data = 1, 7",
    "release": "    store_release(shm, 'ready', 1)\n    shm.data = 7",
    "helpers": "    for name, value in (('ready', 1), ('data', 7)):\n        setattr(shm, name, value)",
    "in brackets": "    (\n        shm.ready,\n        shm.data,\n    ) = (1, 7)",
}
TAKERS = {
    "if": "    if shm.ready:\n        assert shm.data == 7",
    "one line": "    if shm.ready: assert shm.data == 7",
    "return": "    if not shm.ready:\n        return\n    assert shm.data == 7",
    "while": "    while not shm.ready: pause()\n    assert shm.data == 7",
    "and": "    assert not (shm.ready and shm.data != 7)",
    "walrus": "    if (ready := shm.ready) and ready:\n        assert shm.data == 7",
    "match": "    match shm.ready:\n        case 1: assert shm.data == 7",
    "conditional": "    data = shm.data if shm.ready else 7\n    assert data == 7",
    "acquire": "    while not load_acquire(shm, 'ready'): pass\n    assert shm.data == 7",
    "fetch_add": "    if fetch_add(shm, 'ready', 0): assert shm.data == 7",
}


def both(first, second):
    """The layouts of two functions: each of the first with the first of the second, and the other way round."""
    one, other = next(iter(first.values())), next(iter(second.values()))
    layouts = {f"f: {label}": (text, other) for label, text in first.items()}
    layouts |= {f"g: {label}": (one, text) for label, text in second.items()}
    return {label: f"\ndef f(shm):\n{texts[0]}\n\ndef g(shm):\n{texts[1]}\n" for label, texts in layouts.items()}


def ended(layouts, first, second):
    """The layouts with more at the ends of both functions."""
    return {label: text.replace("\n\ndef g", f"\n{first}\n\ndef g") + f"{second}\n" for label, text in layouts.items()}


COUNTED_UP = {
    "in one line": "    for new in (1, 2, 3): shm.left = new",
    "two lines": "    for new in range(1, 4):\n        shm.left = new",
    "while": "    new = 0\n    while (new := new + 1) < 4:\n        shm.left = new",
    "by name": "    for new in (1, 2, 3): setattr(shm, 'left', new)",
}
TAKEN = {"shared": {"ready": 0, "data": 0, "n": 0}}
COUNTED = "    shm.n += 1"
CASES = {
    "a pair": case("torn read", reading("shm.left = 1; shm.right = 1"), "fg", **PAIR),
    "a pair, twice": case("torn read", reading("for new in (1, 2): shm.left = new; shm.right = new"), "fg", **PAIR),
    "a pair that must be equal": case("torn read", both(WRITTEN, ASSERTING), "fg", shared={"left": 0, "right": 0}),
    "a pair under tso": case("torn read", reading("shm.left = 1; shm.right = 1"), "fg",
                              terms={"memory": "tso"}, **PAIR),
    "a sum": case("torn read", both(MOVED, SUMMED), "fg", shared={"a": 5, "b": 0}),
    "a pair, and always wrong": case("", reading("shm.left = 1; shm.right = 1"), "fg", shared=PAIR["shared"],
                                     invariant=lambda s: s.left == 2),
    "a pair, and a lost update": case("lost update", reading("shm.left = 1; shm.right = 1", COUNTED), "fg",
                                      shared=PAIR["shared"] | {"n": 0}, invariant=lambda s: s.n == 2),
    "a pair around a copy": case("", {
        label: f"""
def f(shm):
    shm.left = 1
    fetch_add(shm, "n", 1)
    shm.seen[0] = shm.n
    shm.right = 1

def g(shm):
    left = shm.left
{text}
    fetch_add(shm, "n", 1)
    shm.seen[1] = shm.n
    right = shm.right
    del left, right
""" for label, text in {"plain": "", "pause": "    pause()", "if": "    if left: pause()",
                        "match": "    match left:\n        case 1: pause()"}.items()},
        "fg", shared={"left": 0, "right": 0, "n": 0, "seen": [0, 0]}, invariant=lambda s: sorted(s.seen) == [1, 2]),
    "one number, stored in a loop": case("", both(COUNTED_UP, {"seen": "    shm.seen = shm.left"}), "fg",
                                         shared={"left": 0, "seen": 0}, invariant=lambda s: s.seen != 2),
    "flag first": case("unsafe publication", both(FLAG_FIRST, TAKERS), "fg", **TAKEN),
    "flag first under tso": case("unsafe publication", both(FLAG_FIRST, TAKERS), "fg", **TAKEN,
                                 terms={"memory": "tso"}),
    "flag first, nobody minds": case("", both(FLAG_FIRST, {
        label: text.replace("== 7", "in (0, 7)").replace("!= 7", "not in (0, 7)") for label, text in TAKERS.items()
    }), "fg", **TAKEN, invariant=lambda s: s.n == 1),
    "flag first, and a lost update": case("lost update", ended(both(FLAG_FIRST, {
        label: text.replace("== 7", "in (0, 7)").replace("!= 7", "not in (0, 7)")
        for label, text in TAKERS.items() if label != "return"
    }), COUNTED, COUNTED), "fg", **TAKEN, invariant=lambda s: s.n == 2),
    "flag first, and the wrong data": case("", both(
        {label: text.replace("7", "8") for label, text in FLAG_FIRST.items()}, TAKERS), "fg", **TAKEN),
    "flag first under a lock of the writer": case("unsafe publication", {
        label: f"""
def f(shm, lock):
    with lock:
        shm.ready = 1
        shm.data = 7

def g(shm, lock):
{text}
""" for label, text in TAKERS.items()}, "fg", **TAKEN, sync={"lock": Mutex()}),
    "no release under pso": case("unsafe publication", both({
        "two lines": "    shm.data = 7\n    shm.ready = 1", "one line": "    shm.data = 7; shm.ready = 1",
        "at once": "    shm.data, shm.ready = 7, 1",
        "helpers": "    for name, value in (('data', 7), ('ready', 1)):\n        setattr(shm, name, value)",
    }, TAKERS), "fg", terms={"memory": "pso"}, **TAKEN),
}  # fmt: skip
