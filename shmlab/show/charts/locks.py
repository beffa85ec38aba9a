"""Draw locks under load: how often processes get in, and how evenly; and what false sharing costs."""

import statistics

from shmlab.show import style


def of_trials(result):
    """Draw a row for each lock and a mark for each load: acquisitions a second at the left, the smallest share at the
    right."""
    locks = list(dict.fromkeys(trial.lock for trial in result.trials))
    loads = list(dict.fromkeys(trial.load for trial in result.trials))
    if len({load.inside for load in loads}) > 2:
        return _by_length(result, locks)
    with style.figure(9, 1.6 + 0.45 * len(locks), columns=2) as (figure, (speed, share)):
        for number, load in enumerate(loads):
            look = {
                "color": style.process_colour(number),
                "marker": style.MARKERS[number % len(style.MARKERS)],
                "linestyle": "none",
                "markersize": 8,
                "label": str(load),
            }
            trials = [trial for trial in result.trials if trial.load == load]
            rows = [locks.index(trial.lock) + 0.18 * (number - (len(loads) - 1) / 2) for trial in trials]
            speed.plot([trial.per_second / 1e6 for trial in trials], rows, **look)
            share.plot([trial.smallest_share for trial in trials], rows, **look)
        for axes in (speed, share):
            axes.set_yticks(range(len(locks)), locks)
            axes.invert_yaxis()
        share.set_yticklabels([])
        speed.set(xscale="log", xlabel="million times a second, all together", title="How often they get in")
        share.set(xlim=(-4, 104), xlabel="% of an equal share, for the one least often in", title="How evenly")
        figure.legend(*speed.get_legend_handles_labels(), loc="outside lower center", ncols=len(loads), frameon=False)
    return figure


def of_false_sharing(result):
    """Draw a bar for each distance between the two counters: additions a second, median and range."""
    names = [f"{distance} bytes apart" for distance in result.totals]
    with style.figure(8, 1.3 + 0.45 * len(names)) as (figure, axes):
        for row, per_second in enumerate(result.per_second.values()):
            millions = [each / 1e6 for each in per_second]
            middle = statistics.median(millions)
            reach = [[middle - min(millions)], [max(millions) - middle]]
            axes.barh(row, middle, height=0.6, color=style.process_colour(row), xerr=reach, ecolor=style.INK, capsize=4)
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.set(xlabel="million additions a second, both together", title="Two counters, one for each process")
    return figure


def _by_length(result, locks):
    """Draw a curve for each lock: the processor time that each time in costs, by the work inside."""
    with style.figure(8, 3.6) as (figure, axes):
        for number, lock in enumerate(locks):
            points = [(trial.load.inside, trial.cpu_ns) for trial in result.trials if trial.lock == lock]
            look = {"color": style.process_colour(number), "marker": style.MARKERS[number]}
            axes.plot(*zip(*points, strict=True), linestyle=style.LINES[number], label=lock, **look)
        axes.set_xscale("symlog", linthresh=100)
        axes.set(yscale="log", xlabel="rounds of work in the critical section", ylabel="ns of processor time each")
        axes.set_title("What each time in costs, waiting included")
        axes.legend(frameon=False)
    return figure
