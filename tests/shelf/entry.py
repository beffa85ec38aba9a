"""What stands on the shelf: programs whose verdict is known, derived by hand."""

import collections.abc
import dataclasses

EVERY = ("sc", "tso", "pso")


@dataclasses.dataclass(frozen=True)
class Entry:
    """A program, and what `check` must say of it under one memory model.

    `make()` gives the Program; its docstring says why the verdict is what it is. `diagnosis`: the exact word,
    "" when no name fits, a tuple when any of several would do, None when that is a matter of taste.
    `preemptions`: of the smallest witness, None when that is not obvious. `terms`: what else goes to `check`.
    """

    make: collections.abc.Callable
    memory: str
    ok: bool = True
    kind: str = ""
    diagnosis: str | tuple | None = None
    preemptions: int | None = None
    terms: dict = dataclasses.field(default_factory=dict)

    def __str__(self):
        return f"{self.make.__module__.rpartition('.')[2]}-{self.make.__name__}-{self.memory}"


class Shelf(list):
    """The entries of one file. Its two decorators put a program on it, with what must come out."""

    def right(self, *memories, **terms):
        """This program has no failing interleaving; without `memories`, under none of the models."""
        return self._put(memories, {}, terms)

    def wrong(self, kind, diagnosis, *memories, preemptions=None, **terms):
        """This program fails, in this way; without `memories`, under each of the models."""
        expected = {"ok": False, "kind": kind, "diagnosis": diagnosis, "preemptions": preemptions}
        return self._put(memories, expected, terms)

    def _put(self, memories, expected, terms):
        def put(make):
            self.extend(Entry(make, memory, **expected, terms=terms) for memory in memories or EVERY)
            return make

        return put
