"""Hold the result of running a program: one Outcome, or many."""

import collections
import collections.abc
import dataclasses

from shmlab import layout
from shmlab.base.plurals import counted
from shmlab.base.table import Table, Tabled
from shmlab.explorer.search.requirements import holds, takes_crashed
from shmlab.processes.exits import Exit

MOST_ROWS = 12


@dataclasses.dataclass(frozen=True, repr=False)
class Outcome(Tabled):
    """Hold the result of one run.

    `values`: the final content of the shared memory as plain Python values. `ok`: True if every process finished and
    the invariant held; the same as bool(outcome). `exits`: the Exit of each process. `elapsed_s`: seconds from the
    first process's start to the last one's end, without set-up and start barrier. `why`: a sentence why it is not ok,
    or "". `output`: what each process printed. `ipc`: the kind of kernel objects, "posix" or "sysv".
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
        """Return a Table with one row for each process, and below it the lines where exceptions came from."""
        # A process that did not finish has the reason in its own row.
        why = self.why if all(end.ok for end in self.exits) else "not every process finished"
        caption = f"{'ok' if self.ok else f'not ok: {why}'}; {content_in_words(self.values)}"
        rows = tuple((f"P{rank}", end.words) for rank, end in enumerate(self.exits))
        return Table(
            caption, ("process", "how it ended"), rows, "\n".join(end.trace for end in self.exits if end.trace)
        )


class Outcomes(Tabled, collections.abc.Sequence):
    """Hold the outcomes of many runs of one program. bool(outcomes): whether all of them are ok."""

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
        """Return how many were not ok."""
        return sum(not outcome.ok for outcome in self)

    def counts(self):
        """Return [(final content as text, why it failed or "", number of runs)], the most frequent first."""
        counter = collections.Counter((content_in_words(outcome.values), outcome.why) for outcome in self)
        return [(content, why, runs) for (content, why), runs in counter.most_common()]

    def table(self):
        """Return a Table with one row for each final content, the most frequent first."""
        counts = self.counts()
        rows = [
            (content, str(runs), f"failed: {short(why)}" if why else "ok") for content, why, runs in counts[:MOST_ROWS]
        ]
        if remaining := sum(runs for *_, runs in counts[MOST_ROWS:]):
            rows.append((counted(len(counts) - MOST_ROWS, "other result"), str(remaining), ""))
        caption = f"{self.title}: {self.failed} of {len(self)} runs failed"
        return Table(caption, ("final content", "runs", "verdict"), tuple(rows))


def content_in_words(values):
    """Return final content as one line, such as counter = 4, ready = 1. Long values are cut."""
    return layout.in_words({name: short(str(value), 60) for name, value in values.items()}) or "no shared fields"


def short(text, most=110):
    """Return a text, cut to `most` characters for a table's cell."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def broken_invariant(invariant, final):
    """Return why the invariant does not hold for the final memory, or "" when it does."""
    crashed = [()] if takes_crashed(invariant) else []  # nobody crashed: else the run has failed already
    try:
        return "" if holds("invariant", invariant, final, *crashed) else "the invariant does not hold"
    except AssertionError as error:
        return f"the invariant does not hold: {error}"
    except Exception as error:
        error.add_note(f"the invariant itself failed on {content_in_words(layout.values(final))}")
        raise
