"""What a check is asked: a program, and the terms under which it is looked at."""

import dataclasses
import functools

from shmlab.explorer.execution import copies
from shmlab.explorer.execution.greenlet_host import GreenletHost
from shmlab.explorer.lookalikes.sync_objects import numbered
from shmlab.explorer.model.behaviour import Behaviour
from shmlab.explorer.model.histories import Unlike
from shmlab.explorer.model.memory_models import MODELS
from shmlab.explorer.model.model import Model
from shmlab.explorer.search.requirements import Judge

MOST_STATES = 400_000


@dataclasses.dataclass(frozen=True)
class Question:
    """A program to check: its functions, the names each takes, what they share, and what must hold."""

    functions: tuple
    wanted: tuple
    initial: object
    sync: dict
    title: str
    invariant: object = None
    always: object = None
    possible: dict = dataclasses.field(default_factory=dict)
    told: tuple = ()  # the fields of which a witness shows each step
    unmarked: set = dataclasses.field(default_factory=set)  # functions whose marks were found to overlook something

    @property
    def layout(self):
        return type(self.initial)

    def names(self):
        """The names of the synchronization objects, by number."""
        return [name for name, _ in numbered(self.sync)]

    @functools.cached_property
    def copies(self):
        """function -> Copied, as they are when this is first asked for. Raises TypeError for a function that cannot be
        copied, and for one with a verb that it does not call."""
        found = {function: copies.copied(function, self.layout) for function in dict.fromkeys(self.functions)}
        for silent in filter(None, (copied.silent for copied in found.values())):
            raise TypeError(silent)
        return found

    def behaviour(self, *, marked=True):
        """A Behaviour of these functions on the host of this interpreter. `marked`: whether histories may meet, which
        who goes through one schedule does not need."""
        unmarked = self.unmarked if marked else self.functions
        host = GreenletHost(self.functions, self.copies, self.wanted, self.layout, self.sync, frozenset(unmarked))
        same = [
            (id(function), rank if "rank" in wanted or host.asks_who[rank] else None)
            for rank, (function, wanted) in enumerate(zip(self.functions, self.wanted, strict=True))
        ]
        return Behaviour(host, same)

    def searched(self, search):
        """What `search()` gives, begun anew each time when marks of a function were found to overlook something."""
        while True:
            try:
                return search()
            except Unlike as found:
                self.unmarked.add(found.function)

    def judge(self, model):
        return Judge(model, self.layout, invariant=self.invariant, always=self.always, possible=self.possible)


@dataclasses.dataclass(frozen=True)
class Terms:
    """Under which terms it is checked; see Program.check."""

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
        return Model(behaviour, bytes(question.initial), numbered(question.sync), memory=self.memory,
                     spurious=self.spurious, crashes=self.crashes)  # fmt: skip
