"""Find the graph of all states that a program can come to: each state once, and the steps between them."""

import collections
import contextlib
import dataclasses
import typing

from shmlab import layout
from shmlab.base.plurals import counted
from shmlab.base.table import Table, Tabled
from shmlab.explorer.check import check
from shmlab.explorer.explain import objects
from shmlab.explorer.explain.field_names import field_at, number_at
from shmlab.explorer.explain.telling import standing
from shmlab.explorer.explain.verdict import differs
from shmlab.explorer.lookalikes.sync_objects import numbered
from shmlab.explorer.model.histories import EndlessRecursion, GivenUp, Nondeterministic
from shmlab.explorer.model.model import as_memory
from shmlab.explorer.model.state import BUFFER, MEMORY, NODE, PROCESSES
from shmlab.explorer.ops import ENDS, WITHOUT_PLACE
from shmlab.explorer.ops import MEMORY as OF_MEMORY

MOST = 10_000  # states, which are told one by one
FINAL, DEAD = "final", "deadlock"  # two of the things that a state can be; the others are kinds of failure
_MOST_ROWS = 30


class Link(typing.NamedTuple):
    """Hold a step from state `before` to state `after`, by numbers. `rank`: who makes it. `words`: P0: acquire
    forks[1].
    """

    before: int
    after: int
    rank: int
    words: str


@dataclasses.dataclass(frozen=True, repr=False)
class State(Tabled):
    """Hold what there is at one moment. `depth`: the fewest steps that lead to it. `kind`: "final" where all have ended
    well, "deadlock" where nobody can go on, another kind of failure, or "" where it goes on. `doomed`: it goes on, and
    fails whatever comes next. `memory`: the shared fields. `objects`: (name, how it stands) of the synchronization
    objects. `stands`: for each process where it is, in words."""

    number: int
    depth: int
    kind: str
    doomed: bool
    memory: dict
    objects: tuple
    stands: tuple

    @property
    def failed(self):
        """Return whether the state is a failure itself."""
        return self.kind not in ("", FINAL)

    @property
    def what(self):
        """Return in words what the state is."""
        return self.kind or ("fails whatever comes next" if self.doomed else "start" if self.number == 0 else "goes on")

    def cells(self):
        """Return the cells of its row in a table."""
        memory = layout.in_words(self.memory)
        held = ", ".join(f"{name}: {words}" for name, words in self.objects)
        return (f"{self.number}", f"{self.depth}", self.what, "; ".join(filter(None, (memory, held))), *self.stands)

    def table(self):
        """Return a Table with a row for each process."""
        _, depth, what, holds, *stands = self.cells()
        caption = f"state {self.number}, {what}, after {depth} steps or more; {holds}"
        return Table(caption, ("process", "where it is"), tuple((f"P{rank}", one) for rank, one in enumerate(stands)))


@dataclasses.dataclass(frozen=True, repr=False)
class States(Tabled):
    """Hold all states of a program, the start first; states[7] is number 7. `links`: the steps between them. `witness`:
    the numbers of the states on the way of the smallest failing interleaving, or (). Beyond a failure nothing is
    followed.
    """

    title: str
    memory: str
    states: tuple
    links: tuple
    witness: tuple

    def __len__(self):
        return len(self.states)

    def __getitem__(self, number):
        return self.states[number]

    @property
    def dead(self):
        """Return the states in which no process can go on."""
        return [state for state in self.states if state.kind == DEAD]

    @property
    def final(self):
        """Return the states in which all processes have ended well."""
        return [state for state in self.states if state.kind == FINAL]

    @property
    def doomed(self):
        """Return the states that go on, and fail whatever comes next."""
        return [state for state in self.states if state.doomed]

    @property
    def caption(self):
        """Return in one line how many states there are of each kind."""
        kinds = collections.Counter({DEAD: 0, FINAL: 0})
        kinds.update(state.kind or "fail whatever comes next" for state in self.states if state.kind or state.doomed)
        counts = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
        return f"{self.title}: {counted(len(self), 'state')}, {counted(len(self.links), 'step')} between them; {counts}"

    def table(self):
        """Return a Table of the start, the failing interleaving and every end; `listed` has all states."""
        chosen = [state for state in self.states if state.number in {0, *self.witness} or state.kind or state.doomed]
        left = len(self) - len(chosen[:_MOST_ROWS])
        note = f"{left} more: listed() has all" if left else ""
        return self._listed(chosen[:_MOST_ROWS], note)

    def listed(self):
        """Return a Table of all states."""
        return self._listed(self.states)

    def _listed(self, states, note=""):
        ranks = range(len(self.states[0].stands))
        headings = ("state", "steps", "what it is", "memory and locks", *(f"P{rank}" for rank in ranks))
        return Table(self.caption, headings, tuple(state.cells() for state in states), note)


def states(question, terms, progress=None):
    """Return the States of a Question. Raise MemoryError when there are more than allowed, ValueError for functions
    that do not do the same again after the same observations, RecursionError and RuntimeError for one that calls itself
    without end or goes round a loop for very long."""
    try:
        return question.searched(lambda: _explored(question, terms, progress))
    except Nondeterministic as found:
        raise ValueError(f"the states of {question.title} cannot be told: {differs(found)}") from found
    except EndlessRecursion as found:
        raise RecursionError(f"the states of {question.title} cannot be told: {found}") from found
    except GivenUp as found:
        raise RuntimeError(f"the states of {question.title} cannot be told: {found}") from found


def _explored(question, terms, progress):
    with contextlib.closing(question.behaviour()) as behaviour:
        model = terms.model(question, behaviour)
        found = _Found(question, model, terms, progress)
        behaviour.verify()
        return States(question.title, terms.memory, found.told(), tuple(found.links), found.witness())


class _Found:
    """Number the states of a model in the order of their depth."""

    def __init__(self, question, model, terms, progress):
        self._question, self._model, self._terms = question, model, terms
        self._names = question.names()
        self._numbers, self._depths, self._kinds, self.links = {model.initial: 0}, [0], [], []
        judge, order = question.judge(model), [model.initial]
        for number, state in enumerate(order):
            if progress:
                progress(number)
            moves = model.successors(state)
            fault = judge.fault(state, moves)
            self._kinds.append(fault.kind if fault else "" if moves else FINAL)
            for move, following in () if fault else moves:
                if following not in self._numbers:
                    self._numbers[following] = len(order)
                    self._depths.append(self._depths[number] + 1)
                    order.append(following)
                self.links.append(Link(number, self._numbers[following], move[0], self._words(state, move)))
            if len(order) > terms.max_states:
                raise MemoryError(
                    f"{question.title} has more than {terms.max_states:,} states: look at a smaller one (fewer "
                    "processes, fewer rounds), or give max_states"
                )

    def told(self):
        """Return a State for each state of the model."""
        doomed, declared = self._doomed(), numbered(self._question.sync)
        return tuple(
            State(
                number=number,
                depth=self._depths[number],
                kind=self._kinds[number],
                doomed=number in doomed and not self._kinds[number],
                memory=layout.values(as_memory(self._question.layout, state[MEMORY])),
                objects=tuple(objects.in_words(declared, self._model.behaviour, state)),
                stands=tuple(self._stands(state, rank) for rank in range(len(state[PROCESSES]))),
            )
            for state, number in self._numbers.items()
        )

    def witness(self):
        """Return the numbers of the states on the way of the check's smallest failing interleaving."""
        verdict = check(self._question, dataclasses.replace(self._terms, max_states=2 * self._terms.max_states))
        if verdict.witness is None:
            return ()
        state, numbers = self._model.initial, [0]
        for move in verdict.witness.schedule:
            state = self._model.move(state, move)
            numbers.append(self._numbers[state])
        return tuple(numbers)

    def _doomed(self):
        """Return the numbers of the states from which every way ends in a failure."""
        left, before = collections.Counter(), collections.defaultdict(list)
        for link in self.links:
            left[link.before] += 1
            before[link.after].append(link.before)
        doomed = [number for number, kind in enumerate(self._kinds) if kind not in ("", FINAL)]
        for number in doomed:
            for one in before[number]:
                left[one] -= 1
                if not left[one]:
                    doomed.append(one)
        return set(doomed)

    def _stands(self, state, rank):
        words = standing(self._model, state, rank, self._names)
        entries = [
            f"{field_at(self._question.layout, place, size)} ← {number_at(self._question.layout, place, raw)}"
            for place, size, raw, _ in state[PROCESSES][rank][BUFFER]
        ]
        return f"{words}; in its buffer: {', '.join(entries)}" if entries else words

    def _words(self, state, move):
        rank, what = move
        op = self._model.behaviour.nodes[state[PROCESSES][rank][NODE]].op
        if what.startswith("flush"):
            return f"P{rank}: a store reaches memory"
        if op.kind in ENDS:
            return f"P{rank}: {'is killed' if what == 'crash' else 'ends'}"
        if op.kind in OF_MEMORY:
            return f"P{rank}: {op.kind} {field_at(self._question.layout, op.place, op.size)}"
        does = "" if what == "go" else f", {what}"
        return f"P{rank}: {op.kind}{'' if op.kind in WITHOUT_PLACE else f' {self._names[op.place]}'}{does}"
