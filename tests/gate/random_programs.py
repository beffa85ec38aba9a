"""Random small programs as plain data, for the naive interpreter and, as Python, for the explorer.

A program is a dict:
    seed        what it was drawn from
    shared      {field: int or list of two ints}
    sync        {name: ("semaphore", initial) | ("mutex",) | ("condition", mutex) | ("barrier", parties)}
    helpers     {name: instructions}: functions that others call; they have no locals
    functions   lists of instructions; processes: for each process, the index of its function
    memory, spurious, crashes; always, invariant: a condition or None; possible: {words: condition}

An instruction is a tuple, its name first; as_python.py says what each means in Python. A place is
a field, or (field, index). An expression is a number, a local, ("plus", local, number), ("rank",
number) for rank + number, or ("other",) for 1 - rank. A condition is ("compare", operand, sign,
number), "and", "or", "not" of conditions, or a call that gives a truth. Locals are r0 and r1, at
first 0.

No loop without an end has a plain store in it: under TSO and PSO the buffer would grow for ever.
"""

import random

from as_python import as_program
from drawing import Drawing, cost

__all__ = ["as_program", "make"]

THEMES = {
    "buffers": ["twice", "twice", "plain", "ordered", "announce"],
    "memory": ["plain", "plain", "plain", "atomic", "atomic", "ordered", "branch", "loop"],
    "locks": ["locked", "locked", "locked", "plain", "tried", "branch", "unbalanced"],
    "spin": ["spinlock", "spinlock", "plain", "atomic", "back_off"],
    "flags": ["await_flag", "raise_flag", "plain", "ordered", "announce"],
    "litmus": ["cross", "cross", "announce", "plain"],
    "conditions": ["wait_until", "wait_until", "wait_until", "tell", "tell", "tell", "plain"],
    "barriers": ["meet", "meet", "plain", "branch", "atomic"],
    "time": ["timed", "timed", "locked", "plain"],
    "errors": ["wrong_release", "asserted", "locked", "ended", "plain", "repaired"],
    "robust": ["repaired", "repaired", "repaired", "repaired", "plain"],
    "back off": ["back_off", "back_off", "plain", "two_locks"],
    "two locks": ["two_locks", "two_locks", "plain"],
}
ANYWHERE = ["loop", "loop", "branch", "atomic", "ordered", "asserted", "tried", "unbalanced", "ended", "meet"]


def make(seed, attempt=0):
    """The program of this seed; `attempt` counts the draws before it that would not do."""
    return _Draw(random.Random(f"{seed}/{attempt}"), seed, attempt).program()


class _Draw(Drawing):
    def __init__(self, rng, seed, attempt):
        memory = rng.choice(["sc", "sc", "tso", "tso", "pso"])
        super().__init__(rng, memory, count=3 if rng.random() < 0.2 else 2)
        self._seed = seed, attempt
        often = ["conditions"] * (2 if self._count == 2 else 5)
        themes = rng.sample([*THEMES, *often], rng.choice([1, 1, 2]))
        self._words = [word for theme in themes for word in THEMES[theme]] + rng.sample(ANYWHERE, 1)
        self._same = rng.random() < 0.35
        self._who = 0

    def program(self):
        rng = self._rng
        functions = [self._body(index) for index in range(1 if self._same else self._count)]
        return {
            "seed": self._seed,
            "functions": functions,
            "processes": [0] * self._count if self._same else list(range(self._count)),
            "shared": self._shared,
            "sync": self._sync,
            "helpers": self._helpers,
            "memory": self._memory,
            "spurious": rng.random() < 0.5,
            "crashes": 0,
            "always": self._predicate() if rng.random() < 0.35 else None,
            "invariant": self._predicate() if rng.random() < 0.6 else None,
            "possible": {f"hope {n}": self._predicate() for n in range(rng.choice([0, 0, 1, 2]))},
        }

    def _body(self, who):
        """A function; the only one of several processes may do one thing for rank 0, another for the rest."""
        if self._same and self._chance(0.4):
            return [("if", ("compare", ("rank",), "==", 0), self._part(0), self._part(1))]
        return self._part(who)

    def _part(self, who):
        self._who = who
        budget = self._rng.choice([3, 4, 4] if self._count == 3 else [5, 6, 7, 8])
        body = []
        while cost(body, sc=self._memory == "sc") < budget:
            body += getattr(self, f"_{self._rng.choice(self._words)}")()
        return body

    # Locks

    def _critical(self):
        parts = [self._rng.choice([self._plain, self._branch])() for _ in range(self._rng.choice([1, 1, 2]))]
        return [instruction for part in parts for instruction in part]

    def _locked(self):
        lock, body = self._lock(), self._critical()
        ways = [
            lambda: [("with", lock, body)],
            lambda: [("with", lock, body)],
            lambda: [("acquire", lock), *body, ("release", lock)],
            lambda: [("acquire", lock), ("finally", body, [("release", lock)])],
            lambda: self._helped("locked", [("with", lock, [("add", "x", 1)])]),
        ]
        return self._rng.choice(ways)()

    def _helped(self, name, body):
        """Have it done by a helper, which is the same for all."""
        self._helpers.setdefault(name, body)
        return [("call", name)]

    def _tried(self):
        lock, local = self._lock(), self._local()
        then = [*self._plain(), ("release", lock)]
        if self._chance(0.5):
            return [("if", ("try_acquire", lock), then, self._plain() if self._chance(0.4) else [])]
        return [("try_acquire", local, lock), ("if", ("compare", ("local", local), "==", 1), then, [])]

    def _unbalanced(self):
        ways = [
            lambda: [("acquire", self._lock())],
            lambda: [("release", self._declare("units", "semaphore", 0))],
            lambda: [("acquire", self._declare("units", "semaphore", 0))],
            lambda: [("value", self._local(), self._declare("units", "semaphore", 0))],
        ]
        return self._rng.choice(ways)()

    def _two_locks(self):
        locks = [self._lock(), self._lock("other_lock")]
        if self._chance(0.5):
            locks.reverse()
        return [("with", locks[0], [("with", locks[1], self._plain()), *(self._plain() if self._chance(0.2) else [])])]

    def _back_off(self):
        first, second = self._rng.sample([self._lock(), self._lock("other_lock")], 2)
        retry = [("release", first), ("pause",), ("acquire", first)]
        body = self._plain() if self._chance(0.5) else []
        return [
            ("acquire", first),
            ("while", ("not", ("try_acquire", second)), retry),
            *body,
            ("release", second),
            ("release", first),
        ]

    # Spinning

    def _spinlock(self):
        word = self._field("l")
        attempt = ("if", ("compare_exchange", word, 0, 1), [("return",)], [])
        taken = self._rng.choice([("exchange", word, 1), ("not", ("compare_exchange", word, 0, 1))])
        ways = [
            [("while", taken, [("pause",)])],
            self._helped("take", [("while", taken, [("pause",)])]),
            self._helped("take_or_wait", [("forever", [attempt, ("pause",)])]),
        ]
        take = self._rng.choice(ways)
        give = self._rng.choice([[("store", word, 0)], [("store_release", word, 0)], [("exchange", None, word, 0)]])
        return [*take, *self._critical(), *give]

    def _await_flag(self):
        operand = self._rng.choice([("field", self._field("f")), ("acquired", self._field("f"))])
        condition = ("compare", operand, "!=", 1)
        found = ("if", ("compare", ("local", "r1"), "==", 1), [("break",)], [])
        ways = [
            [("while", condition, [("pause",)])],
            [("while", ("and", condition, ("compare", ("field", "x"), "==", 0)), [("pause",)])],
            [("forever", [("load", "r1", "f"), found, ("pause",)])],
            [("if", condition, [("return",)], [])],
        ]
        return self._rng.choice(ways)

    def _raise_flag(self):
        flag = self._field("f")
        ways = [("store", flag, 1), ("store_release", flag, 1), ("exchange", None, flag, 1)]
        return [*self._plain(), self._rng.choice(ways)]

    def _announce(self):
        """Data, then a flag; or the reader of both."""
        flag = self._field("f")
        if self._who == 0:
            return [("store", "x", self._few()), self._rng.choice([("store", flag, 1), ("store_release", flag, 1)])]
        return [("load", "r0", flag), ("load", "r1", "x"), ("store", self._field("z"), ("plus", "r1", 1))]

    def _cross(self):
        """Store my word, load the other's: Dekker's beginning."""
        mine, other = ("x", "y") if self._who == 0 else ("y", "x")
        between = self._rng.choice([[], [], [("fence",)]])
        then = self._rng.choice([[("add", self._field("z"), 1)], [("fetch_add", None, self._field("z"), 1)]])
        return [
            ("store", mine, 1),
            *between,
            ("if", ("compare", ("field", other), "==", 0), then, []),
            *([("store", mine, 0)] if self._chance(0.3) else []),
        ]

    # Conditions, barriers, time, errors

    def _changed(self):
        self._declare("guard", "mutex")
        return self._declare("changed", "condition", "guard")

    def _wait_until(self):
        changed, empty = self._changed(), ("compare", ("field", "y"), "==", 0)
        held = self._rng.choice(["guard", changed])
        wait = ("wait", changed)
        if self._chance(0.2):
            wait = ("try", [("wait", changed, True)], "TimeoutError", self._rng.choice([[], [("store", "y", 2)]]))
        until = ("while", empty, [wait]) if self._chance(0.5) else ("if", empty, [wait], [])
        then = self._rng.choice([[], self._plain(), [("assert", ("not", empty))], [("add", "y", -1)]])
        return [("with", held, [until, *then])]

    def _tell(self):
        changed = self._changed()
        tell = self._rng.choice([("notify", changed), ("notify_all", changed)])
        change = self._rng.choice([("store", "y", 1), ("add", "y", 1), ("store", "x", 1)])
        if self._chance(0.1):
            return [change, ("try", [tell], "RuntimeError", [])]
        body = self._rng.choice([[change, tell], [tell, change], [tell]])
        return [("with", self._rng.choice(["guard", changed]), body)]

    def _meet(self):
        parties = self._count if self._chance(0.9) else 2
        barrier = self._declare("meeting", "barrier", parties)
        return [("arrive", self._local(), barrier), *self._plain()]

    def _timed(self):
        lock = self._rng.choice([self._lock(), self._declare("units", "semaphore", 0)])
        handling = self._rng.choice([[], [("store", "y", 2)], [("return",)]])
        body = [("acquire", lock, True), *self._plain(), ("release", lock)]
        if self._chance(0.2):
            return [("acquire", lock, True), ("release", lock)]
        return [("try", body, self._rng.choice(["TimeoutError", "TimeoutError", "OSError"]), handling)]

    def _wrong_release(self):
        lock = self._declare("guard", "mutex")
        ways = [
            [("release", lock)],
            [("with", lock, [*self._plain(), ("release", lock)])],
            [("acquire", lock), ("acquire", lock)],
            [("with", lock, [("with", lock, self._plain())])],
        ]
        wrong = self._rng.choice(ways)
        return [("try", wrong, "RuntimeError", self._rng.choice([[], [("store", "y", 3)]]))]

    def _repaired(self):
        """A mutex that a process may have kept to its end, or that an heir has made unusable."""
        lock = self._declare("guard", "mutex")
        use = ("with", lock, self._plain())
        inherit = self._rng.choice([[], [("consistent", lock)], [("store", "y", 4)]])
        ways = [
            [("acquire", lock), *self._plain()],
            [("try", [("acquire", lock)], "OwnerDied", inherit), *self._plain(), ("release", lock)],
            [("try", [use], "OwnerDied", [("release", lock)])],
            [("try", [use], "OSError", inherit)],
            [("if", ("try_acquire", lock), [("return",)], [])],
            [("try", [("try_acquire", "r0", lock)], "OSError", inherit)],
        ]
        return self._rng.choice(ways)

    def _asserted(self):
        found = [("assert", self._condition())]
        ways = [
            found,
            [("with", self._lock(), [*self._plain(), *found])],
            [("try", [*self._plain(), *found], "AssertionError", self._plain())],
            [("finally", found, [("add", "y", 1)])],
        ]
        return self._rng.choice(ways)

    def _ended(self):
        end = [("exit",)] if self._chance(0.5) else [("return",)]
        return [("if", self._compare(), self._rng.choice([end, [("with", self._lock(), [*self._plain(), *end])]]), [])]
