"""A question to the explorer: a program, and the terms under which it is checked."""

import dataclasses
import functools

from shmlab.explorer.execution import copies
from shmlab.explorer.execution.greenlet_host import GreenletHost
from shmlab.explorer.lookalikes.sync_objects import numbered
from shmlab.explorer.model.behaviour import Behaviour
from shmlab.explorer.model.histories import Unlike
from shmlab.explorer.model.linearization import Linearization
from shmlab.explorer.model.memory_models import MODELS
from shmlab.explorer.model.model import Model
from shmlab.explorer.search.requirements import Judge

MOST_STATES = 400_000


@dataclasses.dataclass(frozen=True)
class Question:
    """A program to check. `functions`: one for each process. `wanted`: the names of the arguments that each takes.
    `initial`: the memory they share, as a ctypes Structure. `sync`: {name: declared synchronization object, or list of
    them}. `invariant`, `always`, `possible`: what must hold, see requirements."""

    functions: tuple
    wanted: tuple
    initial: object
    sync: dict
    title: str
    invariant: object = None
    always: object = None
    possible: dict = dataclasses.field(default_factory=dict)
    watched: tuple = ()  # fields of which a witness shows each step
    specification: object = None  # in its first state, see linearization
    unmarked: set = dataclasses.field(default_factory=set)  # functions that get no marks: theirs overlook something

    @property
    def layout(self):
        return type(self.initial)

    def names(self):
        """Return the names of the synchronization objects, by number."""
        return [name for name, _ in numbered(self.sync)]

    @functools.cached_property
    def copies(self):
        """Return {function: Copied}, made when this is first used. Raise TypeError for a function that cannot be
        copied, and for one that names a verb without calling it."""
        all_copies = {function: copies.copied(function, self.layout) for function in dict.fromkeys(self.functions)}
        for silent in filter(None, (copied.silent for copied in all_copies.values())):
            raise TypeError(silent)
        return all_copies

    def behaviour(self, *, marked=True):
        """Return a Behaviour of these functions on the host of this interpreter. `marked`: whether histories may be
        merged by their marks; following a single schedule does not need that."""
        unmarked = self.unmarked if marked else self.functions
        host = GreenletHost(self.functions, self.copies, self.wanted, self.layout, self.sync, frozenset(unmarked))
        same = [
            (id(function), rank if "rank" in wanted or host.asks_who[rank] else None)
            for rank, (function, wanted) in enumerate(zip(self.functions, self.wanted, strict=True))
        ]
        return Behaviour(host, same)

    def searched(self, search):
        """Return what `search()` returns. Begin it anew each time the marks of a function prove to overlook
        something."""
        while True:
            try:
                return search()
            except Unlike as error:
                self.unmarked.add(error.function)

    def judge(self, model):
        return Judge(model, self.layout, invariant=self.invariant, always=self.always, possible=self.possible)


@dataclasses.dataclass(frozen=True)
class Terms:
    """The terms of a check; see Program.check."""

    memory: str = "sc"
    spurious: bool = True
    crashes: int = 0
    max_states: int = MOST_STATES
    seed: int = 0
    fairness: str = "strong"

    def __post_init__(self):
        if self.memory not in MODELS:
            raise ValueError(f'memory is {self.memory!r}: choose "sc", "tso" or "pso"')
        if self.fairness not in ("strong", "weak"):
            raise ValueError(f'fairness is {self.fairness!r}: choose "strong" or "weak"')
        for name, least in (("crashes", 0), ("max_states", 1), ("seed", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise TypeError(f"{name} is {value!r}: give a whole number")
            if value < least:
                raise ValueError(f"{name} is {value}: give {least} or more")
        if not isinstance(self.spurious, bool):
            raise TypeError(f"spurious is {self.spurious!r}: give True or False")

    def model(self, question, behaviour):
        first, ranks = question.specification, len(question.functions)
        return Model(behaviour, bytes(question.initial), numbered(question.sync), memory=self.memory,
                     spurious=self.spurious, crashes=self.crashes,
                     linearization=None if first is None else Linearization(first, ranks))  # fmt: skip
