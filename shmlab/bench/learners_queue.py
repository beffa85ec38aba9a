"""A learner's queue, measured beside other transports: the same trials, with one more name.

Each trial runs in a fresh process, which gets the learner's functions and puts them into its own table of transports.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

from shmlab.bench import experiment, one_way
from shmlab.bench.experiment import SECONDS, Experiment
from shmlab.bench.measurements import Throughput
from shmlab.bench.pair import Plan
from shmlab.transports import FAMILIES, TRANSPORTS, Kind
from shmlab.transports.learners_queue import SLOTS, LearnersQueue

YOURS = "your queue"
SIZES_BYTES = (64, 1024, 16 * 1024, 256 * 1024)


@dataclasses.dataclass(frozen=True)
class _Beside(Experiment):
    """An Experiment with the learner's queue as its first transport. `verbs`: (send, receive)."""

    verbs: tuple[Callable[..., Any], ...] = ()
    slots: int = SLOTS

    def names(self) -> tuple[str, ...]:
        return YOURS, *super().names()

    def trial(self, plan: Plan) -> tuple[Any, ...]:
        return _measure, plan, self.verbs, self.slots


def beside(
    send: Callable[..., Any], receive: Callable[..., Any], transports: str | Sequence[str] = ("pipe",), *,
    sizes_bytes: Sequence[int] = SIZES_BYTES, rounds: int = 3, seconds: float = SECONDS, slots: int = SLOTS,
    progress: bool = True,
) -> Throughput:  # fmt: skip
    """Measure a queue of `slots` slots with these two functions beside other transports; return a Throughput.

    `send(queue, message, mutex, changed)`, `receive(queue, mutex, changed)`: see transports/learners_queue. Its name in
    the result is "your queue". Other arguments and errors: those of bench.throughput. Raises what the functions raise,
    and RuntimeError when a message arrives changed.
    """
    beside = _Beside(transports, sizes_bytes, rounds, seconds=seconds, verbs=(send, receive), slots=slots)
    TRANSPORTS[YOURS] = _kind((send, receive), slots)  # a chart looks up its family here
    return experiment.run_all(beside.growing(), len(beside), "throughput", progress)


def _measure(plan: Plan, verbs: tuple[Callable[..., Any], ...], slots: int) -> one_way.Pass:
    TRANSPORTS[YOURS] = _kind(verbs, slots)
    return one_way.throughput(plan)


def _kind(verbs: tuple[Callable[..., Any], ...], slots: int) -> Kind:
    make = functools.partial(LearnersQueue, *verbs, slots=slots)
    return Kind(YOURS, FAMILIES[0], make, waits="sleeps", writers_bytes=None, dies="EOFError", sized=True)
