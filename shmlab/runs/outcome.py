"""What came of running a program: one Outcome, or many."""

import collections
import collections.abc
import dataclasses

from shmlab import layout
from shmlab.base.table import Table, Tabled
from shmlab.processes.exits import Exit

MOST_ROWS = 12


@dataclasses.dataclass(frozen=True, repr=False)
class Outcome(Tabled):
    """What one run did.

    `values`: the final content of the shared memory, plain Python. `ok`: every process finished and
    the invariant held; bool(outcome) says the same. `exits`: how each process ended, in words.
    `elapsed_s`: seconds from the first process's start to the last one's end, start barrier and set-up not
    counted. `why`: why it is not ok, a sentence. `output`: what was printed, by process.
    """

    values: dict
    ok: bool
    exits: tuple[Exit, ...]
    elapsed_s: float
    why: str
    output: tuple[str, ...]
    ipc: str

    def __bool__(self):
        return self.ok

    def table(self):
        """One row for each process; below it, the lines an exception came from."""
        # Whoever did not finish says why in its own row.
        why = self.why if all(end.ok for end in self.exits) else "not every process finished"
        caption = f"{'ok' if self.ok else f'not ok: {why}'}; {in_words(self.values)}"
        rows = tuple((f"P{rank}", end.words) for rank, end in enumerate(self.exits))
        return Table(
            caption, ("process", "how it ended"), rows, "\n".join(end.trace for end in self.exits if end.trace)
        )


class Outcomes(Tabled, collections.abc.Sequence):
    """The outcomes of many runs of one program. bool(outcomes): whether every one of them is ok."""

    def __init__(self, outcomes, title):
        self._outcomes = tuple(outcomes)
        self.title = title

    def __getitem__(self, index):
        return self._outcomes[index]

    def __len__(self):
        return len(self._outcomes)

    def __bool__(self):
        return not self.failed

    @property
    def failed(self):
        """How many were not ok."""
        return sum(not outcome.ok for outcome in self)

    def counts(self):
        """[(final content in words, why it failed or "", runs)], the most frequent first."""
        found = collections.Counter((in_words(outcome.values), outcome.why) for outcome in self)
        return [(words, why, runs) for (words, why), runs in found.most_common()]

    def table(self):
        """One row for each final content, the most frequent first."""
        counts = self.counts()
        rows = [(words, str(runs), f"failed: {short(why)}" if why else "ok") for words, why, runs in counts[:MOST_ROWS]]
        if left := sum(runs for *_, runs in counts[MOST_ROWS:]):
            others = len(counts) - MOST_ROWS
            rows.append((f"{others} other {'result' if others == 1 else 'results'}", str(left), ""))
        caption = f"{self.title}: {self.failed} of {len(self)} runs failed"
        return Table(caption, ("final content", "runs", "verdict"), tuple(rows))


def in_words(values):
    """Final content as one line: counter = 4, ready = 1. Long values are cut."""
    return layout.in_words({name: short(str(value), 60) for name, value in values.items()}) or "no shared fields"


def short(text, most=110):
    """`text`, or as much of it as a table's cell holds."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
