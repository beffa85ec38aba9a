"""The history of a witness: which operations overlapped, and how far an order explains what they returned."""

from __future__ import annotations

import dataclasses
import typing
from typing import TYPE_CHECKING, Any

from shmlab.base.table import Table, Tabled

if TYPE_CHECKING:
    from shmlab.explorer.model.linearization import Linearization


class Call(typing.NamedTuple):
    """An operation of a program. `rank`: of the process that invoked it. `arguments`: as text. `result`: as text; None
    while it goes on. `first`: the index of the step with which it was invoked; `last`: of the one after which it
    responded, or None."""

    rank: int
    name: str
    arguments: str
    result: str | None
    first: int
    last: int | None

    @property
    def words(self) -> str:
        """Return the operation in words: receive() → 2."""
        return f"{self.name}({self.arguments})" + ("" if self.result is None else f" → {self.result}")

    def precedes(self, other: Call) -> bool:
        """Return whether this operation had responded before the other one was invoked."""
        return self.last is not None and self.last < other.first


@dataclasses.dataclass(frozen=True, repr=False)
class History(Tabled):
    """The operations of a witness. `calls`: in the order of their invocations. `order`: the indexes of calls in the
    longest order that explains them. `misfit`: the index of the call that cannot come next, or None. `why`: that in
    words, or "". `steps`: how many steps the witness has."""

    title: str
    calls: tuple[Call, ...]
    order: tuple[int, ...]
    misfit: int | None
    why: str
    steps: int

    def table(self) -> Table:
        """Return a Table with one row for each operation."""
        rows = []
        for index, call in enumerate(self.calls):
            place = self.order.index(index) + 1 if index in self.order else ""
            until = "it goes on" if call.last is None else str(call.last + 1)
            rows.append((call.words, f"P{call.rank}", str(call.first + 1), until,
                         "fits nowhere" if index == self.misfit else str(place)))  # fmt: skip
        headings = ("operation", "process", "invoked in step", "responds after step", "place in the order")
        return Table(f"{self.title}: {self.why or 'an order explains every result'}", headings, tuple(rows))


def of_calls(
    title: str, calls: tuple[Call, ...], linearization: Linearization, invoked: list[Any], steps: int
) -> History:
    """Return the History of these calls. `invoked`: the arguments of each, as (name, arguments)."""
    order, state = _longest(calls, linearization, invoked)
    left = [index for index, call in enumerate(calls) if index not in order and call.result is not None]
    free = [index for index in left if not any(calls[other].precedes(calls[index]) for other in left)]
    if not free:
        return History(title, calls, order, None, "", steps)
    misfit = max(free, key=lambda index: calls[index].last or 0)  # the one whose response broke it, if it is free
    call, effect = calls[misfit], linearization.effect(state, *invoked[misfit])
    after = ", ".join(calls[index].words.partition(" →")[0] for index in order)
    would = "cannot take effect: it would have to wait" if effect is None else f"returns {effect[1]}"
    why = (
        f"no order explains that {call.name}({call.arguments}) of P{call.rank} returned {call.result}: "
        f"{f'after {after}, ' if after else 'at the start, '}{call.name} of {linearization.name} {would}"
    )
    return History(title, calls, order, misfit, why, steps)


def _longest(calls: tuple[Call, ...], linearization: Linearization, invoked: list[Any]) -> tuple[tuple[int, ...], int]:
    """Return (the longest order of calls that keeps to their precedence and explains their results, the specification's
    state after it)."""
    best: tuple[tuple[int, ...], int] = (), linearization.start
    seen, left = set(), [best]
    while left:
        order, state = left.pop()
        if _explained(order, calls) > _explained(best[0], calls):
            best = order, state
        for index, call in enumerate(calls):
            if index in order or any(other not in order and calls[other].precedes(call) for other in range(len(calls))):
                continue
            effect = linearization.effect(state, *invoked[index])
            if effect is not None and call.result in (None, effect[1]):
                following = (*order, index), effect[0]
                if (frozenset(following[0]), effect[0]) not in seen:
                    seen.add((frozenset(following[0]), effect[0]))
                    left.append(following)
    return best


def _explained(order: tuple[int, ...], calls: tuple[Call, ...]) -> tuple[int, int]:
    """Return how many results an order explains; among equals, the one with fewer operations that still go on."""
    done = sum(calls[index].result is not None for index in order)
    return done, -len(order)
