"""Show what memory models say of litmus tests beside what this machine does."""

import dataclasses

from shmlab.base.table import Table, Tabled
from shmlab.litmus.standard import ARM_ALLOWS, STANDARD

_MODELS = ("sc", "tso", "pso")


@dataclasses.dataclass(frozen=True, repr=False)
class Beside(Tabled):
    """Hold litmus tests, whether each can end as asked under each model, and what was Observed of it here."""

    tests: tuple
    allowed: dict  # (name, model) -> bool
    observed: dict  # name -> Observed

    def table(self):
        """Return a Table with a row for each test."""
        headings = ("test", "processes", "can it end with", "SC", "TSO", "PSO", "Arm", "here")
        rows = tuple(self._row(litmus) for litmus in self.tests)
        sources = dict.fromkeys(one.source for one in self.observed.values())
        return Table("", headings, rows, "\n".join(sources))

    def _row(self, litmus):
        models = (_in_words(self.allowed[litmus.name, model]) for model in _MODELS)
        seen = self.observed[litmus.name]
        arm = _in_words(ARM_ALLOWS[litmus.name]) if litmus.name in ARM_ALLOWS else ""
        return (
            litmus.name,
            " ‖ ".join(litmus.processes),
            litmus.asked,
            *models,
            arm,
            f"{seen.seen:,} of {seen.rounds:,}",
        )


def _in_words(allowed):
    return "yes" if allowed else "never"


def beside(tests=STANDARD, *, rounds=1_000_000, seconds=0.4):
    """Check litmus tests under SC, TSO and PSO, run them here, and return a Beside. `seconds`: for each run."""
    allowed = {(one.name, model): not one.check(model).ok for one in tests for model in _MODELS}
    return Beside(tuple(tests), allowed, {one.name: one.run(rounds, seconds=seconds) for one in tests})
