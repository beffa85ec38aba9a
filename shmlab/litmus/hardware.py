"""Run litmus tests on real processors: as C programs, whose rounds are counted by how they end."""

import dataclasses
import pathlib
import platform

from shmlab.base import root
from shmlab.base.table import Table, Tabled
from shmlab.ipc import limits
from shmlab.litmus import recorded
from shmlab.observe import c_programs

_ROUNDS = root.PACKAGE / "native" / "litmus.h"


@dataclasses.dataclass(frozen=True, repr=False)
class Observed(Tabled):
    """Hold how the rounds of a litmus test ended. `asked`: the end that is asked about. `counts`: the numbers of what
    was `watched`, a tuple -> rounds that ended with them. `source`: a sentence that says where and when they ran.
    """

    name: str
    asked: dict
    watched: tuple
    counts: dict
    source: str

    @property
    def rounds(self):
        """The number of rounds that were run."""
        return sum(self.counts.values())

    @property
    def seen(self):
        """The number of rounds that ended as was asked about."""
        return sum(rounds for numbers, rounds in self.counts.items() if self._is_asked(numbers))

    @property
    def per_million(self):
        """The number of rounds in a million that ended as was asked about."""
        return self.seen / self.rounds * 1_000_000

    def _is_asked(self, numbers):
        return self.asked.items() <= dict(zip(self.watched, numbers, strict=True)).items()

    def table(self):
        """Return a Table with a row for each end that was seen, and for the one that is asked about."""
        ends = dict.fromkeys(self.counts, 0)
        if not self.seen and set(self.watched) == set(self.asked):
            ends[tuple(self.asked[name] for name in self.watched)] = 0
        rows = [
            (
                ", ".join(f"{name} = {number}" for name, number in zip(self.watched, numbers, strict=True)),
                f"{self.counts.get(numbers, 0):,}",
                "← asked about" if self._is_asked(numbers) else "",
            )
            for numbers in sorted(ends)
        ]
        asked = ", ".join(f"{name} = {number}" for name, number in self.asked.items())
        caption = (
            f"{self.name}: {asked} in {self.seen:,} of {self.rounds:,} rounds ({self.per_million:,.0f} per million)"
        )
        return Table(caption, ("end", "rounds", ""), tuple(rows), self.source)


def machine():
    """Return in words what the rounds ran on."""
    count = len(limits.cpus())
    virtual = "hypervisor" in pathlib.Path("/proc/cpuinfo").read_text()
    return f"{platform.machine()}, {count} processor{'s' * (count > 1)}{', in a virtual machine' * virtual}"


def run(litmus, rounds, seconds):
    """Return what is Observed of a litmus test. See Litmus.run."""
    told = c_programs.run_c(source(litmus), rounds, seconds, recorded=_recorded(litmus))
    here = c_programs.compiler() is not None
    where = (
        f"Compiled and run here and now: {machine()}." if here else f"{told.source.partition(':')[0]}: {recorded.WHERE}"
    )
    counts = {}
    for line in told.text.splitlines():
        count, *numbers = map(int, line.split())
        counts[tuple(numbers)] = count
    return Observed(litmus.name, litmus.end, tuple(litmus.watched), counts, where)


def _recorded(litmus):
    if c_programs.compiler() is None and litmus.name not in recorded.ROUNDS:
        raise NotImplementedError(f"there is no C compiler here, and of {litmus.name} nothing was recorded")
    return recorded.ROUNDS.get(litmus.name, "")


def source(litmus):
    """Return the whole C program. It takes the number of rounds and of seconds, and prints a line for each end."""
    names = [*litmus.places, *litmus.registers]
    bodies = ", ".join(f"P{rank}" for rank in range(len(litmus.processes)))
    watched = litmus.watched
    key = " + ".join(f"{4**at} * load(&cell->{name})" for at, name in enumerate(watched))
    numbers = ", ".join(f"end / {4**at} % 4" for at in range(len(watched)))
    clear = "".join(f"    store(&cell->{name}, 0);\n" for name in names)
    return f"""#define PROCESSES {len(litmus.processes)}
{_ROUNDS.read_text()}
struct cell {{
    place {", ".join(names)};
}};

{litmus.in_c}
static void (*const bodies[PROCESSES])(struct cell *) = {{{bodies}}};
static struct cell *cells;
static long counts[{4 ** len(watched)}];

static struct cell *cell_of(int round)
{{
    return &cells[round];
}}

static void count_and_clear(struct cell *cell)
{{
    counts[{key}]++;
{clear}}}

int main(int count, char **words)
{{
    cells = shared_memory(CELLS * sizeof *cells);
    play(atol(words[1]), atof(words[2]));
    for (int end = 0; end < {4 ** len(watched)}; end++)
        if (counts[end])
            printf("%ld{" %d" * len(watched)}\\n", counts[end], {numbers});
    return 0;
}}
"""
