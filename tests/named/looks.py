"""Check-then-act: as the cause, and looks that have nothing to do with a failure."""

from shmlab import Mutex

from .case import case

SEATS = {
    "if": """
def f(shm, rank):
    if shm.seats > 0:
        fetch_add(shm, "seats", -1)
""",
    "one line": """
def f(shm, rank):
    if shm.seats > 0: fetch_add(shm, "seats", -1)
""",
    "a local": """
def f(shm, rank):
    free = shm.seats > 0
    if not free:
        return
    fetch_add(shm, "seats", -1)
""",
    "walrus": """
def f(shm, rank):
    if (free := shm.seats) and free > 0: fetch_add(shm, "seats", -1)
""",
    "match": """
def f(shm, rank):
    match shm.seats:
        case 0: return
        case _: fetch_add(shm, "seats", -1)
""",
    "and": """
def f(shm, rank):
    shm.seats > 0 and fetch_add(shm, "seats", -1)
""",
    "conditional": """
def f(shm, rank):
    fetch_add(shm, "seats", -1) if shm.seats > 0 else None
""",
    "conditional number": """
def f(shm, rank):
    (lambda: None, lambda: fetch_add(shm, "seats", -1))[shm.seats > 0]()
""",
    "helpers": """
def is_free(shm):
    return shm.seats > 0

def take(shm):
    fetch_add(shm, "seats", -1)

def f(shm, rank):
    if is_free(shm):
        take(shm)
""",
    "in brackets": """
def f(shm, rank):
    if (
        shm.seats
        > 0
    ):
        fetch_add(
            shm, "seats", -1
        )
""",
    "while": """
def f(shm, rank):
    while shm.seats > 0:
        fetch_add(shm, "seats", -1)
        break
""",
}
LOCKED_ACT = {
    "if": """
def f(shm, rank, lock):
    if shm.seats > 0:
        with lock:
            shm.seats -= 1
""",
    "one line": """
def f(shm, rank, lock):
    with lock: free = shm.seats > 0
    lock.acquire(); shm.seats -= free; lock.release()
""",
    "two locked parts": """
def f(shm, rank, lock):
    with lock:
        free = shm.seats > 0
    if free:
        with lock:
            shm.seats = shm.seats - 1
""",
    "match": """
def f(shm, rank, lock):
    match shm.seats:
        case 0:
            pass
        case _:
            with lock:
                shm.seats -= 1
""",
    "walrus": """
def f(shm, rank, lock):
    if (free := shm.seats) > 0:
        lock.acquire()
        shm.seats -= 1
        lock.release()
""",
}
ONCE = {
    "if": """
def f(shm, rank):
    if not shm.done:
        fetch_add(shm, "made", 1)
        shm.done = 1
""",
    "one line": """
def f(shm, rank):
    if not shm.done: fetch_add(shm, "made", 1); shm.done = 1
""",
    "return": """
def f(shm, rank):
    if shm.done:
        return
    fetch_add(shm, "made", 1)
    shm.done = 1
""",
    "match": """
def f(shm, rank):
    match shm.done:
        case 0:
            fetch_add(shm, "made", 1)
            shm.done = 1
""",
    "spin": """
def f(shm, rank):
    while not shm.done:
        fetch_add(shm, "made", 1)
        shm.done = 1
""",
}

# P1 says stop before it begins; P0 looks at that once, and is wrong for another reason.
STOPS = {
    "return": "if shm.stop:\n        return",
    "one line": "if shm.stop: return",
    "a local": "stopped = shm.stop\n    if stopped:\n        return",
    "match": "match shm.stop:\n        case 1: return",
    "walrus": "if (stop := shm.stop) > 0: return",
    "helper": "if look(shm): return",
    "while": "while shm.stop: return",
}


def with_stop(first, second):
    """The layouts of P0, which may be stopped, and P1, which says so first."""
    return {
        label: f"""
def look(shm):
    return shm.stop

def f(shm, rank):
    {look}
{first}

def g(shm, rank):
    shm.stop = 1
{second}
"""
        for label, look in STOPS.items()
    }


WRONG_TURN = """
    shm.want[rank] = 1
    shm.turn = rank
    while shm.want[1 - rank] and shm.turn == 1 - rank:
        pause()
    shm.inside[rank] = 1
    shm.inside[rank] = 0
    shm.want[rank] = 0
"""
TURNS = {"shared": {"stop": 0, "want": [0, 0], "turn": 0, "inside": [0, 0]}, "always": lambda s: sum(s.inside) < 2}
COUNT = "    shm.n += 1\n    fetch_add(shm, 'm', 1)"

CASES = {
    "last seat": case("check-then-act", SEATS, "f", processes=2, shared={"seats": 1}, always=lambda s: s.seats >= 0),
    "seats of three": case("check-then-act", SEATS, "f", processes=3, shared={"seats": 2},
                           always=lambda s: s.seats >= 0),
    "act under a lock": case(("check-then-act", ""), LOCKED_ACT, "f", processes=2, shared={"seats": 1},
                             sync={"lock": Mutex()}, always=lambda s: s.seats >= 0),
    "work done once": case("check-then-act", ONCE, "f", processes=2, shared={"done": 0, "made": 0},
                           invariant=lambda s: s.made == 1),
    "stopped beside a wrong turn": case("", with_stop(WRONG_TURN, WRONG_TURN), "fg", **TURNS),
    "stopped beside a lost update": case("lost update", with_stop(COUNT, COUNT), "fg",
                                         shared={"stop": 0, "n": 0, "m": 0}, invariant=lambda s: s.n == s.m),
    "stopped beside a torn read": case("torn read", with_stop("    shm.a = 1\n    shm.b = 1",
                                       "    a = shm.a\n    b = shm.b\n    assert a == b"), "fg",
                                       shared={"stop": 0, "a": 0, "b": 0}),
    "stopped, and always wrong": case("", with_stop("    shm.n = 1", "    shm.m = 1"), "fg",
                                      shared={"stop": 0, "n": 0, "m": 0}, invariant=lambda s: s.m == 2),
    "stopped beside a copy": case("", with_stop("    fetch_add(shm, 'n', 1)\n    shm.got[0] = shm.n",
                                  "    fetch_add(shm, 'n', 1)\n    shm.got[1] = shm.n"), "fg",
                                  shared={"stop": 0, "n": 0, "got": [0, 0]},
                                  invariant=lambda s: s.got[0] != s.got[1] or not s.got[0]),
    "stopped, shown before filled": case("unsafe publication",
        with_stop("    fetch_add(shm, 'ready', 1)\n    shm.data = 7", "    if shm.ready: assert shm.data == 7"), "fg",
        shared={"stop": 0, "ready": 0, "data": 0}),
}  # fmt: skip
