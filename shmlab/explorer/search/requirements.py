"""What must hold: the predicates of a program, asked of the states of its model.

Predicates see memory only, so each is asked once for each content of memory.
"""

import inspect
import typing

from shmlab.explorer import ops
from shmlab.explorer.model.model import IDLE_MOVES, as_memory
from shmlab.explorer.model.state import MEMORY, NODE, PROCESSES


class Fault(typing.NamedTuple):
    """What is wrong with a state. `rank`: the process it shows in, or None. `words`: a sentence or empty."""

    kind: str
    rank: int | None = None
    words: str = ""


def holds(name, predicate, shm, *more):
    """Whether a predicate holds for a memory. `name`: what it is called in a program. Raises TypeError where it returns
    nothing, and what it raises itself."""
    found = predicate(shm, *more)
    if found is None:
        own = getattr(predicate, "__name__", "<lambda>")
        own = "" if own == "<lambda>" else f" ({own})"
        raise TypeError(
            f"{name}{own} returned None: return the comparison, as in `return shm.counter == 6`; "
            "without return a function gives None"
        )
    return bool(found)


def checked_predicate(name, predicate):
    """The predicate, or None. Raises TypeError for what is none."""
    if predicate is not None and not callable(predicate):
        raise TypeError(f"{name} is {predicate!r}: give a function of shm, such as lambda shm: shm.counter == 6")
    return predicate


def checked_possible(possible):
    """What must be possible, as a dict. Raises TypeError for what is none."""
    if not isinstance(possible, dict | None):
        raise TypeError(f"possible is {possible!r}: give words and a predicate, {{'two inside': lambda shm: ...}}")
    for words, predicate in (possible or {}).items():
        checked_predicate(f"possible[{words!r}]", predicate)
    return dict(possible or {})


def takes_crashed(invariant):
    """Whether an invariant takes `crashed`, the ranks that were killed, beside shm."""
    try:
        return invariant is not None and "crashed" in inspect.signature(invariant).parameters
    except (TypeError, ValueError):  # a builtin need not say what it takes
        return False


class Judge:
    """Asks `invariant` at the end, `always` and `possible` in every state."""

    def __init__(self, model, layout, *, invariant=None, always=None, possible=None):
        self._model, self._layout = model, layout
        self._invariant, self._always, self._takes_crashed = invariant, always, takes_crashed(invariant)
        self.missing = dict(possible or {})  # what has not been seen to hold yet
        self._looked = {}
        self._ended = {}

    def fault(self, state, moves):
        """The Fault of a state from which `moves` are possible, or None."""
        memory = state[MEMORY]
        faults = self._model.behaviour.faults
        if faults:
            for rank, process in enumerate(state[PROCESSES]):
                if process[NODE] in faults:
                    return self._process_fault(rank, process[NODE])
        fault = self._looked.get(memory, False)
        if fault is False:
            fault = self._looked[memory] = self._look(memory)
        if fault is not None:
            return fault
        if not moves or all(what in IDLE_MOVES for (_, what), _ in moves):
            return self._at_the_end(state)
        return None

    def _process_fault(self, rank, number):
        stop = self._model.behaviour.nodes[number].stop
        return Fault("endless" if stop.op.kind == ops.ENDLESS else "exception", rank)

    def _look(self, memory):
        """Ask `possible` and `always` of a memory that was not seen before."""
        for words, predicate in list(self.missing.items()):
            if self._holds(f"possible[{words!r}]", predicate, memory)[0]:
                del self.missing[words]
        if self._always is None:
            return None
        good, words = self._holds("always", self._always, memory)
        return None if good else Fault("always", words=words)

    def _at_the_end(self, state):
        if not self._model.over(state):
            return Fault("deadlock")
        if self._invariant is None:
            return None
        asked = (state[MEMORY], self._model.crashed(state)) if self._takes_crashed else (state[MEMORY],)
        if asked not in self._ended:
            good, words = self._holds("invariant", self._invariant, *asked)
            self._ended[asked] = None if good else Fault("invariant", words=words)
        return self._ended[asked]

    def _holds(self, name, predicate, memory, *more):
        """(whether it holds, what an assertion in it said)."""
        shown = as_memory(self._layout, memory)
        try:
            return holds(name, predicate, shown, *more), ""
        except AssertionError as error:
            return False, str(error)
        except Exception as error:
            error.add_note(f"{getattr(predicate, '__name__', 'the predicate')} itself failed on a reachable memory")
            raise
