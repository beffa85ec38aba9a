"""Lost updates: as the cause, and beside another one."""

from .case import case

COUNTING = {
    "augmented": """
def f(shm):
    shm.n += 1
""",
    "two lines": """
def f(shm):
    old = shm.n
    shm.n = old + 1
""",
    "one line": """
def f(shm): old = shm.n; shm.n = old + 1
""",
    "in brackets": """
def f(shm):
    shm.n = (
        1
        + shm.n
    )
""",
    "walrus": """
def f(shm):
    if (old := shm.n) < 10:
        shm.n = old + 1
""",
    "walrus in one line": """
def f(shm):
    if (old := shm.n) < 10: shm.n = old + 1
""",
    "match": """
def f(shm):
    match shm.n:
        case old if old < 10:
            shm.n = old + 1
        case _:
            shm.n = 0
""",
    "conditional": """
def f(shm):
    old = shm.n
    shm.n = old + 1 if old < 10 else 0
""",
    "table": """
def f(shm):
    shm.n = {0: 1, 1: 2, 2: 3}[shm.n]
""",
    "exchange": """
def f(shm):
    exchange(shm, "n", shm.n + 1)
""",
    "helpers": """
def look(shm):
    return shm.n

def change(shm, new):
    shm.n = new

def f(shm):
    value = look(shm)
    more = value + 1
    change(shm, more)
""",
    "setattr": """
def f(shm):
    setattr(shm, "n", getattr(shm, "n") + 1)
""",
    "by a list": """
def f(shm):
    seen = [shm.n]
    seen.append(seen[0] + 1)
    shm.n = seen.pop()
""",
}

# A counter that nobody asks for loses updates, and something else is wrong.
HITS = {
    "augmented": ("shm.hits += 1", ""),
    "two lines": ("hits = shm.hits\n    shm.hits = hits + 1", ""),
    "one line": ("hits = shm.hits; shm.hits = hits + 1", ""),
    "walrus": ("if (hits := shm.hits) < 10: shm.hits = hits + 1", ""),
    "conditional": ("shm.hits = shm.hits + 1 if shm.n < 99 else 0", ""),
    "around it": ("hits = shm.hits", "shm.hits = hits + 1"),
    "match around it": ("match shm.hits:\n        case hits: pass", "shm.hits = hits + 1"),
}


def with_hits(body):
    """The layouts of a function that counts hits and does something else."""
    return {label: f"\ndef f(shm, rank):\n    {first}\n{body}\n    {last}\n" for label, (first, last) in HITS.items()}


ONLY_ONE = {"shared": {"n": 0, "hits": 0}, "processes": 2}
LOCKED = """
    shm.want[rank] = 1
    shm.turn = rank
    while shm.want[1 - rank] and shm.turn == 1 - rank:
        pause()
    shm.inside[rank] = 1
    shm.inside[rank] = 0
    shm.want[rank] = 0
"""

CASES = {
    "counter": case("lost update", COUNTING, "f", processes=2, shared={"n": 0}, invariant=lambda s: s.n == 2),
    "counter of three": case("lost update", COUNTING, "f", processes=3, shared={"n": 0}, invariant=lambda s: s.n == 3),
    "counter under tso": case("lost update", COUNTING, "f", terms={"memory": "tso"}, processes=2, shared={"n": 0},
                              invariant=lambda s: s.n == 2),
    "hits and a store": case("", with_hits("    shm.n = 1"), "f", **ONLY_ONE, invariant=lambda s: s.n == 2),
    "hits and a wrong sum": case("", with_hits("    fetch_add(shm, 'n', 2)"), "f", **ONLY_ONE,
                                 invariant=lambda s: s.n == 2),
    "hits and a copy": case("", with_hits("    fetch_add(shm, 'n', 1); shm.got[rank] = shm.n"), "f", processes=2,
                            shared={"n": 0, "hits": 0, "got": [0, 0]}, invariant=lambda s: sorted(s.got) == [1, 2]),
    "hits and a wrong turn": case("", with_hits(LOCKED), "f", processes=2,
                                  shared={"hits": 0, "n": 0, "want": [0, 0], "turn": 0, "inside": [0, 0]},
                                  always=lambda s: sum(s.inside) < 2),
    "hits and a look": case("check-then-act", with_hits("    if not shm.n: shm.n = 1; fetch_add(shm, 'won', 1)"), "f",
                            processes=2, shared={"n": 0, "hits": 0, "won": 0}, invariant=lambda s: s.won == 1),
}  # fmt: skip
