"""Kill one process before each of its steps in turn, in reality, and let the others go on to their ends.

A check covers a kill at every step of every interleaving, on a model. Here one order is enough: the process runs alone
up to the step, the kernel ends it with SIGKILL, and the others go on one after the other. Each order becomes a Witness
and is replayed, so that memory and semaphores are compared with the model's after every step. Source: kill(2).
"""

from __future__ import annotations

import collections.abc
import contextlib
import dataclasses
import re
from typing import TYPE_CHECKING, Any

from shmlab.base.table import Table, Tabled
from shmlab.explorer.explain.telling import tell
from shmlab.explorer.model.state import NODE, PROCESSES
from shmlab.explorer.question import Terms
from shmlab.runs.outcome import content_in_words, short
from shmlab.runs.replay import replay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shmlab.explorer.explain.witness import Step, Witness
    from shmlab.runs.outcome import Outcome

_PLACE = re.compile(r" \(at [^()]*\)$")  # of an exception, in words: too long for a table
MOST_STEPS = 400  # of one order; two processes that wait for each other in a loop never come to their ends


@dataclasses.dataclass(frozen=True)
class Kill:
    """Hold one kill. `before`: the Step that the process did not do any more. `witness`: the order of all steps, on the
    model. `outcome`: what came of the same order in real processes."""

    before: Step
    witness: Witness
    outcome: Outcome


class Kills(Tabled, collections.abc.Sequence[Kill]):
    """Hold the kills of one process, one before each of its steps. bool(kills): whether all ended well."""

    def __init__(self, title: str, rank: int, kills: list[Kill]) -> None:
        self.title, self.rank, self._kills = title, rank, tuple(kills)

    def __getitem__(self, index: Any) -> Any:
        return self._kills[index]

    def __len__(self) -> int:
        return len(self._kills)

    def __bool__(self) -> bool:
        return not self.failed

    @property
    def failed(self) -> int:
        """Return after how many of the kills something was not as it should be."""
        return sum(not kill.outcome.ok for kill in self)

    def table(self) -> Table:
        """Return a Table with one row for each kill."""
        rows = tuple(
            (
                str(number),
                kill.before.words,
                "" if kill.before.line is None else str(kill.before.line),
                content_in_words(kill.outcome.values),
                "ok" if kill.outcome.ok else short(_PLACE.sub("", kill.outcome.why), 60),
            )
            for number, kill in enumerate(self, 1)
        )
        caption = (
            f"{self.title}: P{self.rank} killed with kill -9 before each of its {len(self)} steps, "
            f"then the others went on; {self.failed} of {len(self)} failed"
        )
        return Table(caption, ("step", "killed before", "line", "memory at the end", "verdict"), rows)


def kill_at_each_step(program: Any, rank: int, ipc: str, timeout: float | None) -> Kills:
    """Return the Kills of process `rank`; see Program.kill_at_each_step."""
    orders = list(_orders(program.question(), rank))
    return Kills(
        program.title,
        rank,
        [Kill(before, witness, replay(program, witness, ipc, timeout)) for before, witness in orders],
    )


def _orders(question: Any, rank: int) -> Iterator[tuple[Step, Witness]]:
    """Yield (the step that is not done, the Witness of the whole order) for each step of process `rank`."""
    with contextlib.closing(question.behaviour(marked=False)) as behaviour:
        model = Terms(crashes=1).model(question, behaviour)

        def told(schedule: list[Any]) -> Witness:
            return tell(model, question.layout, question.names(), schedule, title=question.title)

        whole = _course(model, model.initial, rank)
        states = [model.initial]
        for move in whole:
            states.append(model.move(states[-1], move))
        steps = told(whole).steps
        for number, (move, state) in enumerate(zip(whole, states, strict=False)):
            if move[0] == rank:
                killed = model.move(state, (rank, "crash"))
                others = _course(model, killed)
                yield steps[number], told([*whole[:number], (rank, "crash"), *others])


def _course(model: Any, state: Any, first: int | None = None) -> list[Any]:
    """Return the moves of one order from a state on: `first` goes on whenever it can, then the others by their ranks,
    each as long as it can. It ends with `first`, where there is one. Raises RuntimeError where it has no end."""
    moves: list[Any] = []
    while first is None or state[PROCESSES][first][NODE] not in model.behaviour.ends:
        following = dict(model.successors(state))
        possible = [move for move in following if move[1] not in ("crash", "wake")]
        if not possible:
            break
        if len(moves) == MOST_STEPS:
            raise RuntimeError(f"no end after {MOST_STEPS} steps: somebody waits in a loop for another process")
        move = min(possible, key=lambda move: (move[1] == "time out", move[0] != first, move[0]))
        moves.append(move)
        state = following[move]
    return moves
