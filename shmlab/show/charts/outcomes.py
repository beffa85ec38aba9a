"""The charts of Outcomes and of a Race."""

from matplotlib.ticker import FixedLocator, MaxNLocator

from shmlab.base.plurals import counted
from shmlab.show import style

_MOST_BARS = 12


def of_outcomes(outcomes):
    """Return the Figure of Outcomes: how often each final content came."""
    title = f"{outcomes.title}: {outcomes.failed} of {len(outcomes)} runs failed"
    counts = outcomes.counts()
    numbers = [list(outcome.values.values()) for outcome in outcomes]
    if len(counts) > _MOST_BARS and all(len(found) == 1 and isinstance(found[0], int) for found in numbers):
        with style.figure(8, 3.4) as (figure, axes):
            name = next(iter(outcomes[0].values))
            _histogram(axes, [(found[0], outcome.ok) for found, outcome in zip(numbers, outcomes, strict=True)])
            axes.set(xlabel=f"final {name} (hatched: failed)", title=title)
        return figure
    rest = sum(runs for *_, runs in counts[_MOST_BARS:])
    bars = counts[:_MOST_BARS] + (
        [("other results", all(why for _, why, _ in counts[_MOST_BARS:]), rest)] if rest else []
    )
    with style.figure(8, 1.4 + 0.36 * len(bars)) as (figure, axes):
        for place, (_, why, runs) in enumerate(bars):
            axes.barh(place, runs, height=0.7, **_look(not why))
            axes.annotate(f" {runs}", (runs, place), va="center")
        labels = [f"✗ {words}" if why else words for words, why, _ in bars]
        axes.set_yticks(range(len(bars)), [label if len(label) < 48 else label[:45] + "…" for label in labels])
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.margins(x=0.08)
        axes.set(xlabel="runs with this result (hatched and ✗: failed)", title=title)
    return figure


def _look(ok):
    """Return a bar's style. A failed one differs by colour and by hatching, for readers who do not see colours."""
    blue = style.PROCESS_COLOURS[0]
    return {"color": blue, "edgecolor": blue} if ok else {"color": "white", "edgecolor": style.ERROR, "hatch": "////"}


def _histogram(axes, results):
    """Draw how often each number came. `results`: pairs (number, ok)."""
    numbers = [number for number, _ in results]
    low, high = min(numbers), max(numbers)
    edges = (low, high) if low < high else (low - 1, high + 1)
    for ok in (False, True):
        chosen = [number for number, good in results if good == ok]
        axes.hist(chosen, bins=31, range=edges, **_look(ok))
    axes.grid(axis="x", visible=False)
    # Whole numbers only, each once: a tick between two of them would get the same label as one of them.
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True) if low < high else FixedLocator([low]))
    axes.xaxis.set_major_formatter(_thousands)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel("runs")


def _thousands(value, _):
    return f"{value:,.0f}"


def of_race(race):
    """Return the Figure of a Race: every run of every protection; with one protection, how its runs ended."""
    processes = counted(race.processes, "process", "processes")
    title = f"{processes}, {race.increments:,} increments each, one shared counter"
    return _one_protection(race, title) if len(race.rows) == 1 else _protections(race, title)


def _one_protection(race, title):
    """Draw the last run's counter beside the expected one, and how all runs ended."""
    row = race.rows[0]
    lossy = sum(final != race.expected for final in row.finals)
    with style.figure(9, 3.4, columns=2) as (figure, (bars, runs)):
        last = row.finals[-1]
        bars.barh(["got in the last run", "expected"], [last, race.expected], height=0.55, color="white")
        for place, (value, ok) in enumerate(((last, last == race.expected), (race.expected, True))):
            bars.barh(place, value, height=0.55, **_look(ok))
            bars.annotate(f" {value:,}", (value, place), va="center")
        bars.margins(x=0.2)
        bars.xaxis.set_major_formatter(_thousands)
        bars.locator_params(axis="x", nbins=4)
        bars.set(xlabel="final counter", title=f"protection: {row.protection}")
        bars.grid(axis="y", visible=False)
        _histogram(runs, [(final, final == race.expected) for final in row.finals])
        runs.set(
            xlabel="final counter (hatched: updates lost)", title=f"{lossy} of {len(row.finals)} runs lost updates"
        )
        figure.suptitle(title, fontsize=11, color=style.FAINT)
    return figure


def _protections(race, title):
    """Draw every run of every protection as a mark, and a line at the expected counter."""
    with style.figure(9, 1.5 + 0.62 * len(race.rows)) as (figure, axes):
        for place, row in enumerate(race.rows):
            lost = sum(final != race.expected for final in row.finals)
            for lossy in (True, False):
                finals = [final for final in row.finals if (final != race.expected) == lossy]
                # Spread the runs of one protection over its band, in the order in which they ran.
                heights = [place - 0.25 + 0.5 * index / max(1, len(finals) - 1) for index in range(len(finals))]
                colour, marker = (style.ERROR, "x") if lossy else (style.PROCESS_COLOURS[0], "o")
                axes.scatter(finals, heights, s=26, c=colour, marker=marker, linewidths=1.2, clip_on=False, zorder=3)
            verdict = (
                f"{lost} of {len(row.finals)} runs lost updates" if lost else f"none of {len(row.finals)} lost any"
            )
            axes.annotate(verdict, (1.02, place), xycoords=("axes fraction", "data"), va="center")
        axes.axvline(race.expected, color=style.INK, linewidth=1.2, linestyle="--")
        axes.annotate(
            f"expected {race.expected:,}",
            (race.expected, len(race.rows) - 0.45),
            xytext=(-6, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=10,
        )
        axes.set_yticks(range(len(race.rows)), [row.protection for row in race.rows])
        axes.set_ylim(len(race.rows) - 0.3, -0.6)
        axes.set_xlim(0, race.expected * 1.03)
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(_thousands)
        axes.set(xlabel="final counter of each run (× : updates lost)", title=title)
    return figure
