"""Compare how often a wrong program fails in real runs with how many of its interleavings fail."""

import dataclasses

from shmlab.base.table import Table, Tabled
from shmlab.explorer.count import Count
from shmlab.explorer.explain.verdict import count_in_words
from shmlab.runs.outcome import Outcomes

NOT_EQUALLY_LIKELY = (
    "The two need not agree: in real life schedules are not equally likely. A short function often ends before "
    "another process gets its turn, so a run without a failure says little."
)


@dataclasses.dataclass(frozen=True, repr=False)
class Luck(Tabled):
    """Hold a comparison. `outcomes`: those of the real runs. `count`: that of all interleavings."""

    outcomes: Outcomes
    count: Count

    @property
    def share(self):
        """Return the share of real runs that failed, 0 to 1."""
        return self.outcomes.failed / len(self.outcomes)

    def table(self):
        """Return a Table with a row for the real runs and one for the interleavings."""
        outcomes, count = self.outcomes, self.count
        runs = f"{outcomes.failed:,} of {len(outcomes):,} failed"
        if count.total is None:
            ways = "endlessly many, as a loop may go round for ever", ""
        else:
            ways = f"{count_in_words(count.failing)} of {count_in_words(count.total)} fail", _percent(count.share)
        rows = (("real runs", runs, _percent(self.share)), ("interleavings", *ways))
        return Table(f"{count.title}: luck", ("what", "how many", "share"), rows, NOT_EQUALLY_LIKELY)


def luck(program, times, *, ipc, timeout, progress):
    """Return the Luck of a Program; see Program.luck."""
    count = program.count(progress=progress)  # first, because it refuses programs that are too big at once
    return Luck(program.run(ipc=ipc, times=times, timeout=timeout, progress=progress), count)


def _percent(share):
    return f"{share * 100:.1f} %"
