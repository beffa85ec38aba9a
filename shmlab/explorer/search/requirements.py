"""What must hold: the predicates of a program, asked of the states of its model.

A predicate sees memory only, so it is asked once for each content of memory.
"""

import inspect
import typing

from shmlab.explorer import ops
from shmlab.explorer.model.model import IDLE_MOVES, as_memory
from shmlab.explorer.model.state import MEMORY, NODE, PROCESSES


class Fault(typing.NamedTuple):
    """What is wrong with a state. `rank`: the process at fault, or None. `words`: what an assertion said, or ""."""

    kind: str
    rank: int | None = None
    words: str = ""


def holds(name, predicate, shm, *more):
    """Return whether a predicate holds for a memory. `name`: its name in the program. Raise TypeError if it returns
    None, and whatever it raises itself."""
    answer = predicate(shm, *more)
    if answer is None:
        own = getattr(predicate, "__name__", "<lambda>")
        own = "" if own == "<lambda>" else f" ({own})"
        raise TypeError(
            f"{name}{own} returned None: return the comparison, as in `return shm.counter == 6`; "
            "without return a function gives None"
        )
    return bool(answer)


def takes_crashed(invariant):
    """Return whether an invariant takes `crashed`, the ranks that were killed, besides shm."""
    try:
        return invariant is not None and "crashed" in inspect.signature(invariant).parameters
    except (TypeError, ValueError):  # the parameters of a builtin may be unknown
        return False


class Judge:
    """Asks `invariant` of the states at the end, `always` and `possible` of every state."""

    def __init__(self, model, layout, *, invariant=None, always=None, possible=None):
        self._model, self._layout = model, layout
        self._invariant, self._always, self._takes_crashed = invariant, always, takes_crashed(invariant)
        self.missing = dict(possible or {})  # those that were true in no state so far
        self._faults = {}  # memory -> its Fault, or None
        self._end_faults = {}

    def fault(self, state, moves):
        """Return the Fault of a state from which `moves` are possible, or None."""
        memory = state[MEMORY]
        faults = self._model.behaviour.faults
        if faults:
            for rank, process in enumerate(state[PROCESSES]):
                if process[NODE] in faults:
                    return self._process_fault(rank, process[NODE])
        if self._model.broken(state):
            return Fault("not linearizable")
        fault = self._faults.get(memory, False)
        if fault is False:
            fault = self._faults[memory] = self._look(memory)
        if fault is not None:
            return fault
        if not moves or all(action in IDLE_MOVES for (_, action), _ in moves):
            return self._at_the_end(state)
        return None

    def _process_fault(self, rank, number):
        stop = self._model.behaviour.nodes[number].stop
        return Fault("endless" if stop.op.kind == ops.ENDLESS else "exception", rank)

    def _look(self, memory):
        """Ask `possible` and `always` of a memory that was not seen before. Return its Fault, or None."""
        for name, predicate in list(self.missing.items()):
            if self._holds(f"possible[{name!r}]", predicate, memory)[0]:
                del self.missing[name]
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
        if asked not in self._end_faults:
            good, words = self._holds("invariant", self._invariant, *asked)
            self._end_faults[asked] = None if good else Fault("invariant", words=words)
        return self._end_faults[asked]

    def _holds(self, name, predicate, memory, *more):
        """Return (whether the predicate holds, the message of an assertion in it)."""
        shown = as_memory(self._layout, memory)
        try:
            return holds(name, predicate, shown, *more), ""
        except AssertionError as error:
            return False, str(error)
        except Exception as error:
            error.add_note(f"{getattr(predicate, '__name__', 'the predicate')} itself failed on a reachable memory")
            raise
