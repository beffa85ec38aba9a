"""Tell how full a bounded buffer was: over the time of a real run, and in the states of a model."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable

from shmlab.base.table import Table, Tabled


@dataclasses.dataclass(frozen=True)
class Moment:
    """Hold one change in a real run. `at_ns`: since the first change. `got`, `put`: how many items had been by then."""

    at_ns: int
    got: int
    put: int

    @property
    def inside(self) -> int:
        """The number of items in the buffer."""
        return self.put - self.got


@dataclasses.dataclass(frozen=True, repr=False)
class Occupancy(Tabled):
    """Hold how full a buffer of so many `slots` was. `moments`: of the real run, in order. `reached`: the pairs
    (got, put) of a model's states, or an empty set."""

    slots: int
    moments: tuple[Moment, ...]
    reached: frozenset[tuple[int, ...]]

    def table(self) -> Table:
        """Return a Table with a row for each number of items, from 0 up."""
        real = collections.Counter(moment.inside for moment in self.moments)
        model = collections.Counter(put - got for got, put in self.reached)
        most = max(self.slots, *real, *model) if real or model else self.slots
        rows = tuple(
            (f"{inside}{' (full)' if inside == self.slots else ''}", str(real[inside]), str(model[inside]))
            for inside in range(min([0, *real, *model]), most + 1)
        )
        headings = ("items in the buffer", "after so many steps of the real run", "pairs (got, put) in the model")
        return Table(f"a buffer of {self.slots} slots", headings, rows)


def occupancy(
    put_ns: Iterable[int], got_ns: Iterable[int], *, slots: int, reached: Iterable[tuple[int, int]] = ()
) -> Occupancy:
    """Return the Occupancy of a real run: `put_ns` and `got_ns`, when each item was put and got, in ns of one clock.

    `reached`: the pairs (got, put) that the states of a model have, to be drawn beside it. Raises ValueError where
    there are no times.
    """
    changes = sorted([(at, 1) for at in put_ns] + [(at, -1) for at in got_ns], key=lambda change: change[0])
    if not changes:
        raise ValueError("there are no times: give those at which items were put, and got")
    start, got, put, moments = changes[0][0], 0, 0, []
    for at, step in changes:
        put, got = put + (step == 1), got + (step == -1)
        moments.append(Moment(at - start, got, put))
    return Occupancy(slots, tuple(moments), frozenset(map(tuple, reached)))
