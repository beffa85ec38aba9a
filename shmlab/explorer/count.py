"""Count the interleavings of a program, how many of them fail, and with what content of memory they end."""

import contextlib
import dataclasses

from shmlab import layout
from shmlab.base.table import Table, Tabled
from shmlab.explorer.explain.verdict import count_in_words, differs
from shmlab.explorer.model.histories import EndlessRecursion, GivenUp, Nondeterministic
from shmlab.explorer.model.state import MEMORY
from shmlab.explorer.search import search


@dataclasses.dataclass(frozen=True, repr=False)
class Count(Tabled):
    """All interleavings of a program, counted. `total`, `failing`: how many there are and how many fail; None if a
    loop makes them endless. `finals`: {final content in words: (interleavings that end with it, or None; whether it is
    ok)}."""

    total: int | None
    failing: int | None
    finals: dict
    memory: str
    title: str

    @property
    def share(self):
        """Return the failing share of all interleavings, 0 to 1; None if they are endless."""
        return None if self.total is None else self.failing / self.total

    def table(self):
        """Return a Table with one row for each final content."""
        rows = []
        for content, (number, ok) in sorted(self.finals.items()):
            rows.append((content, "…" if number is None else count_in_words(number), "ok" if ok else "fails"))
        if self.total is None:
            caption = f"{self.title}: endlessly many interleavings, as there is a loop that may go round for ever"
        else:
            caption = (
                f"{self.title}: {count_in_words(self.failing)} of {count_in_words(self.total)} interleavings fail "
                f"({self.share:.1%})"
            )
        return Table(caption, ("final content", "interleavings", "verdict"), tuple(rows))


def count(question, terms, progress=None):
    """Return the Count of a Question's interleavings. Raise MemoryError if there are more states than `terms` allows,
    ValueError if a function does something else after the same observations, RecursionError if a function calls itself
    without end, RuntimeError if it goes round a loop for very long."""
    try:
        return question.searched(lambda: _counted(question, terms, progress))
    except Nondeterministic as error:
        raise ValueError(f"{question.title} cannot be counted: {differs(error)}") from error
    except EndlessRecursion as error:
        raise RecursionError(f"{question.title} cannot be counted: {error}") from error
    except GivenUp as error:
        raise RuntimeError(f"{question.title} cannot be counted: {error}") from error


def _counted(question, terms, progress):
    with contextlib.closing(question.behaviour()) as behaviour:
        return _counted_on(behaviour, question, terms, progress)


def _counted_on(behaviour, question, terms, progress):
    model = terms.model(question, behaviour)
    sweep = search.Sweep(model, question.judge(model), terms.max_states, stop=False, progress=progress).run()
    if not sweep.complete:
        raise MemoryError(
            f"{question.title} has more than {terms.max_states:,} states: count a smaller one, or give max_states"
        )
    behaviour.verify()
    return Count(sweep.total, sweep.failing, _finals(question, model, sweep), terms.memory, question.title)


def _finals(question, model, sweep):
    """Return {final content in words: (interleavings, whether it is ok)}."""
    ways = None if sweep.cyclic else _ways(model, sweep)
    finals = {}
    for state, fault in sweep.ends.items():
        if fault is not None and fault.kind != "invariant":
            continue
        content = layout.in_words(layout.values(question.layout.from_buffer_copy(state[MEMORY])))
        number, ok = finals.get(content, (0, True))
        finals[content] = (None if ways is None else number + ways[state], ok and fault is None)
    return finals


def _ways(model, sweep):
    """Return {state: how many interleavings lead to it}."""
    order, ways = list(sweep.visited), dict.fromkeys(sweep.visited, 0)
    ways[model.initial] = 1
    for state in _topological(model, sweep, order):
        if state not in sweep.ends:
            for _, following in model.successors(state):
                ways[following] += ways[state]
    return ways


def _topological(model, sweep, states):
    """Yield the states so that each comes before those that follow it."""
    before = dict.fromkeys(states, 0)
    for state in states:
        if state not in sweep.ends:
            for _, following in model.successors(state):
                before[following] += 1
    ready = [state for state in states if not before[state]]
    for state in ready:
        yield state
        if state not in sweep.ends:
            for _, following in model.successors(state):
                before[following] -= 1
                if not before[following]:
                    ready.append(following)
