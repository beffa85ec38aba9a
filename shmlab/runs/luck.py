"""How often a wrong program fails when it is run, beside how many of its interleavings fail."""

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
    """`outcomes`: of the real runs. `count`: of all interleavings, each once."""

    outcomes: Outcomes
    count: Count

    @property
    def share(self):
        """The failing part of the real runs, 0 to 1."""
        return self.outcomes.failed / len(self.outcomes)

    def table(self):
        """A row for the real runs and one for the interleavings."""
        outcomes, count = self.outcomes, self.count
        runs = f"{outcomes.failed:,} of {len(outcomes):,} failed"
        if count.total is None:
            ways = "endlessly many, as a loop may go round for ever", ""
        else:
            ways = f"{count_in_words(count.failing)} of {count_in_words(count.total)} fail", _percent(count.share)
        rows = (("real runs", runs, _percent(self.share)), ("interleavings", *ways))
        return Table(f"{count.title}: luck", ("what", "how many", "share"), rows, NOT_EQUALLY_LIKELY)


def luck(program, times, *, ipc, timeout, progress):
    """The Luck of a Program; see Program.luck."""
    counted = program.count(progress=progress)  # first, as it refuses at once what is too big
    return Luck(program.run(ipc=ipc, times=times, timeout=timeout, progress=progress), counted)


def _percent(share):
    return f"{share * 100:.1f} %"
