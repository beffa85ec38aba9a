"""What every drawing of a random program needs: numbers, names, conditions, and plain use of memory."""

FIELDS = ("x", "y")


class Drawing:
    """A program half drawn: what is declared so far. Each method `_word` gives instructions for a theme's word."""

    def __init__(self, rng, memory, count):
        self._rng, self._memory, self._count = rng, memory, count
        self._shared = {name: self._few() if rng.random() < 0.2 else 0 for name in FIELDS}
        self._sync, self._helpers = {}, {}

    # Small things

    def _chance(self, p):
        return self._rng.random() < p

    def _few(self):
        return self._rng.choice([1, 1, 2, 3])

    def _local(self):
        return self._rng.choice(["r0", "r1"])

    def _place(self):
        if self._chance(0.8):
            return self._rng.choice(FIELDS)
        self._shared["a"] = [0, 0]
        indexes = [0, 1, self._local()]
        if self._count == 2:
            indexes += [("rank", 0), ("other",)]
        return "a", self._rng.choice(indexes)

    def _expression(self):
        local = self._local()
        return self._rng.choice([self._few(), self._few(), local, ("plus", local, self._few()), ("rank", self._few())])

    def _compare(self, *, shared=0.5):
        rng = self._rng
        field = (rng.choice(["field", "field", "acquired"]), self._place())
        left = field if self._chance(shared) else rng.choice([("local", self._local()), ("rank",)])
        return "compare", left, rng.choice(["==", "!=", "<", ">"]), rng.choice([0, 1, 1, 2])

    def _condition(self):
        if self._chance(0.75):
            return self._compare()
        word = self._rng.choice(["and", "or", "not"])
        return (word, self._compare()) if word == "not" else (word, self._compare(), self._compare())

    def _predicate(self):
        """Of memory alone, and more often true than not."""
        first, second = self._about_memory(), self._about_memory()
        return ("not", ("and", first, second)) if self._chance(0.7) else self._rng.choice([("not", first), first])

    def _about_memory(self):
        rng = self._rng
        place = rng.choice([*self._shared])
        place = (place, rng.choice([0, 1])) if place == "a" else place
        return "compare", ("field", place), rng.choice(["==", "==", ">"]), rng.choice([1, 2, 3])

    def _declare(self, name, *declared):
        self._sync.setdefault(name, declared)
        return name

    def _lock(self, name="lock"):
        """One lock for the whole program, a mutex or a semaphore."""
        if name not in self._sync:
            self._declare(name, *self._rng.choice([("mutex",), ("mutex",), ("semaphore", 1), ("semaphore", 1)]))
        return name

    def _field(self, name):
        self._shared.setdefault(name, 0)
        return name

    # Memory

    def _plain(self):
        place, constant = self._place(), self._few()
        kinds = [
            lambda: [("load", self._local(), place)],
            lambda: [("load", local := self._local(), place), ("store", self._place(), local)],
            lambda: [("load", local := self._local(), place), ("store", place, ("plus", local, constant))],
            lambda: [("store", place, self._expression())],
            lambda: [("store", place, constant)],
            lambda: [("add", place, constant)],
            lambda: [("add", place, 1)],
            lambda: [("add_from", place, self._place())],
            lambda: [("copy", place, self._place())],
            lambda: [("swap", place, self._place())],
            lambda: [("store", self._field("z"), self._local())],
        ]
        return self._rng.choice(kinds)()

    def _atomic(self):
        place, constant = self._place(), self._few()
        local = self._rng.choice([None, "r0", "r1"])
        ways = [
            ("fetch_add", local, place, constant),
            ("exchange", local, place, self._expression()),
            ("compare_exchange", local, place, self._rng.choice([0, 1]), constant),
        ]
        return [self._rng.choice(ways)]

    def _ordered(self):
        ways = [
            ("fence",),
            ("load_acquire", self._local(), self._place()),
            ("store_release", self._place(), self._expression()),
        ]
        return [self._rng.choice(ways)]

    def _twice(self):
        """Two stores to one place, of which a load must find the second."""
        place = self._place()
        stores = [("store", place, self._few()), ("store", place, self._expression())]
        return [*stores, ("load", "r0", place), *self._rng.choice([[], [("store", self._field("z"), "r0")]])]

    def _branch(self):
        then, otherwise = self._plain(), self._rng.choice([self._atomic, self._plain, list])()
        if self._chance(0.15):
            then = [("return",)]
        return [("if", self._condition(), then, otherwise)]

    def _loop(self):
        name, how = self._rng.choice([(None, "range"), (None, "list"), ("r0", "range"), ("r1", "range")])
        body = self._rng.choice([self._plain, self._atomic])()
        if self._chance(0.2):
            body.append(("if", self._compare(), [("break",)], []))
        return [("for", name, how, 2, body)]


def cost(instructions, sc):
    """About how many steps these are for one process, flushes included."""
    return sum(_cost(instruction, sc) for instruction in instructions)


def _cost(instruction, sc):
    name, *rest = instruction
    stores = 1 if sc else 2
    match name:
        case "add" | "copy":
            return 1 + stores
        case "swap" | "add_from":
            return 2 + stores
        case "store" | "store_release":
            return stores
        case "call":
            return 2 + stores
        case "with":
            return 2 + cost(rest[1], sc)
        case "if":
            return 1 + max(cost(rest[1], sc), cost(rest[2], sc))
        case "for":
            return rest[2] * cost(rest[3], sc)
        case "while":
            return 1
        case "forever" | "pause" | "break" | "return" | "exit" | "set":
            return 0
        case "try" | "finally":
            return cost(rest[0], sc)
        case "wait":
            return 3
    return 1
