"""Linearizability: whether the operations so far can have taken effect one after the other.

A process invokes an operation and gets its response; the operation takes effect at one moment between the two. A
history is linearizable if such moments can be chosen so that a plain sequential class, the specification, gives every
result. An operation whose method raises LookupError or AssertionError cannot take effect then: it has to wait. Source:
Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects", ACM TOPLAS 12 (3), 1990.

What decides the future of a history is the set of its cases. A case belongs to an order in which operations may have
taken effect: the state that the specification is then in, and for each process whether its operation has taken effect.
So a search keeps this set, as a number, and histories with equal sets are one. An operation takes effect as late as it
can, just before a response that needs it. Source of that: Lowe, "Testing for linearizability", Concurrency and
Computation 29 (4), 2017.
"""

from __future__ import annotations

import copy
import difflib
import numbers
from typing import Any

from shmlab.explorer.model.specification_state import PLAIN, check_keeps_all_in_self, class_state, state_text

BROKEN = 0  # the number of the empty set: no order explains what was returned
_CANNOT = (LookupError, AssertionError)  # raised by an operation that has to wait in this state
_NONE: tuple[Any, ...] = ()  # no operation; (name, arguments): one without effect so far; (result,): one with it


def plain(value: Any, what: str) -> Any:
    """Return an argument or a result as plain data, in tuples for lists. Raise TypeError for anything else."""
    if isinstance(value, list | tuple):
        return tuple(plain(part, what) for part in value)
    if type(value) in PLAIN:
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    raise TypeError(
        f"{what} is a {type(value).__name__}: give numbers, text, bytes, True, False, None, or lists of them"
    )


def checked(specification: Any) -> Any:
    """Return a specification in its first state: an instance of the class, or a copy of the instance that was given;
    None for None. Raise TypeError for what is none."""
    if specification is None:
        return None
    try:
        first = specification() if isinstance(specification, type) else copy.deepcopy(specification)
    except TypeError as error:
        name = getattr(specification, "__name__", specification)
        raise TypeError(f"linearizable is {name!r}, which cannot be made: {error}; give an instance of it") from None
    if callable(first) or not hasattr(first, "__dict__"):
        raise TypeError(f"linearizable is {specification!r}: give a class whose methods are the operations")
    check_keeps_all_in_self(type(first))
    state_text(first)
    return first


class Linearization:
    """The orders that explain what operations have returned, each set of cases under a number. `first`: that of a
    history without operations. `specification`: in its first state, see `checked`."""

    def __init__(self, specification: Any, processes: int) -> None:
        self.name = type(specification).__name__
        self._class_state = class_state(type(specification))
        self._states: list[Any] = []  # a specification in each of its states
        self._numbers: dict[str, int] = {}
        self._effects: dict[tuple[Any, ...], tuple[int, str] | None] = {}
        self._sets: list[frozenset[Any]] = [frozenset()]
        self._set_numbers: dict[frozenset[Any], int] = {self._sets[BROKEN]: BROKEN}
        self._after: dict[tuple[Any, ...], int] = {}
        self.start = self._state(specification)
        self.first = self._set({(self.start, (_NONE,) * processes)})

    def invoked(self, number: int, rank: int, name: str, arguments: tuple[Any, ...]) -> int:
        """Return the number of the set after process `rank` has invoked an operation. Raise ValueError for one that
        the specification lacks, and for a second one while the first goes on."""
        self._check_known(name)
        key = number, rank, name, repr(arguments)
        if key not in self._after:
            cases = self._sets[number]
            if any(pending[rank] != _NONE for _, pending in cases):
                raise ValueError(
                    f"P{rank} invokes {name} while its last operation has not responded: call respond first"
                )
            self._after[key] = self._set({(state, _with(pending, rank, (name, arguments))) for state, pending in cases})
        return self._after[key]

    def responded(self, number: int, rank: int, result: Any) -> int:
        """Return the number of the set after process `rank` has got its response; BROKEN if no order explains it. Raise
        ValueError for a response to no operation."""
        key = number, rank, repr(result)
        if key not in self._after:
            cases = self._sets[number]
            if any(pending[rank] == _NONE for _, pending in cases):
                raise ValueError(f"P{rank} responds with {result!r} to no operation: call invoke(name, …) before")
            done = (done for case in cases for done in self._until(rank, case))
            fitting = {
                (state, _with(pending, rank, _NONE)) for state, pending in done if pending[rank] == (repr(result),)
            }
            self._after[key] = self._set(fitting)
        return self._after[key]

    def effect(self, state: int, name: str, arguments: tuple[Any, ...]) -> tuple[int, str] | None:
        """Return (number of the state after an operation, its result as text); None where it would have to wait."""
        key = state, name, repr(arguments)
        if key not in self._effects:
            after = copy.deepcopy(self._states[state])
            try:
                result = getattr(after, name)(*arguments)
            except _CANNOT:
                self._effects[key] = None
            else:
                if class_state(type(after)) != self._class_state:
                    raise TypeError(f"{self.name}.{name} changes the class: keep the state of {self.name} in self")
                words = repr(plain(result, f"what {self.name}.{name} returns"))
                self._effects[key] = self._state(after), words
        return self._effects[key]

    def _until(self, rank: int, case: tuple[Any, ...]) -> set[Any]:
        """Return the cases in which the operation of `rank` has taken effect, and before it those that help."""
        found, left, seen = set(), [case], {case}
        while left:
            state, pending = one = left.pop()
            if len(pending[rank]) == 1:
                found.add(one)
                continue
            for other, operation in enumerate(pending):
                if len(operation) == 2 and (made := self.effect(state, *operation)):
                    following = made[0], _with(pending, other, (made[1],))
                    if following not in seen:
                        seen.add(following)
                        left.append(following)
        return found

    def _state(self, specification: Any) -> int:
        text = state_text(specification)
        if text not in self._numbers:
            self._numbers[text] = len(self._states)
            self._states.append(specification)
        return self._numbers[text]

    def _set(self, cases: set[Any]) -> int:
        cases_ = frozenset(cases)
        if cases_ not in self._set_numbers:
            self._set_numbers[cases_] = len(self._sets)
            self._sets.append(cases_)
        return self._set_numbers[cases_]

    def _check_known(self, name: str) -> None:
        specification = self._states[self.start]
        if not callable(getattr(specification, name, None)):
            known = [
                one for one in dir(specification) if not one.startswith("_") and callable(getattr(specification, one))
            ]
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"invoke({name!r}): {self.name} has no such operation; it has {', '.join(known)}{hint}")


def _with(pending: tuple[Any, ...], rank: int, operation: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*pending[:rank], operation, *pending[rank + 1 :])
