"""Draw a made-up day, what a writer spends on its readers, and how late ticks come."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import numpy

from shmlab.market.costs import Costs
from shmlab.market.day import DAY_S, Day, clock
from shmlab.market.latencies import DUE, SENT, Latencies
from shmlab.show import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MINUTES = 390
_TICKS_ON_AXIS = (0, 0.9, 0.99, 0.999, 0.9999)


def of_day(day: Day) -> Figure:
    """Return the Figure of a Day: its prices, and how many ticks each minute has."""
    with style.figure(9, 4.6, rows=2) as (figure, (price, busy)):
        hours = day.at_s / 3600
        price.step(hours, day.price_cents / 100, where="post", color=style.PROCESS_COLOURS[0], linewidth=0.8)
        price.set(title="A made-up day", ylabel="price, dollars")
        per_minute = numpy.bincount((day.at_s // 60).astype(int), minlength=_MINUTES)
        busy.bar(numpy.arange(_MINUTES) / 60, per_minute, width=1 / 60, align="edge", color=style.PROCESS_COLOURS[2])
        busy.set(ylabel="ticks a minute", xlabel="time of day")
        for axes in (price, busy):
            axes.set_xlim(0, DAY_S / 3600)
            axes.set_xticks(range(7), [clock(hour * 3600) for hour in range(7)])
    return figure


def of_costs(costs: Costs) -> Figure:
    """Return the Figure of Costs: what the writer pays for a quote, and for a reader that stops."""
    with style.figure(9, 3.6, columns=2) as (figure, (each, slowest)):
        places = range(len(costs.costs))
        height = 0.8 / len(costs.readers)
        for place, number in enumerate(costs.readers):
            medians = [cost.median_ns(number) for cost in costs.costs]
            low = [median - min(cost.each_ns[number]) for median, cost in zip(medians, costs.costs, strict=True)]
            high = [max(cost.each_ns[number]) - median for median, cost in zip(medians, costs.costs, strict=True)]
            each.barh([one + place * height for one in places], medians, height, xerr=(low, high),
                      color=style.process_colour(place), hatch="//" * place, edgecolor="white",
                      label=f"{number} reader{'s' * (number > 1)}", error_kw={"capsize": 3})  # fmt: skip
        each.set(title="Each quote", xlabel="ns per quote (logarithmic)", xscale="log")
        each.set_yticks(
            [one + height * (len(costs.readers) - 1) / 2 for one in places], [one.way for one in costs.costs]
        )
        each.legend(frameon=False, fontsize=9)
        worst = [statistics.median(cost.slowest_ns) / 1e6 for cost in costs.costs]
        slowest.bar_label(slowest.barh(places, worst, 0.5, color=style.PROCESS_COLOURS[3]), fmt="{:.1f}", padding=3)
        slowest.margins(x=0.15)
        slowest.set(title="The slowest, while a reader stops", xlabel="slowest quote, ms")
        slowest.set_yticks(places, [""] * len(places))
        for axes in (each, slowest):
            axes.invert_yaxis()
            axes.grid(visible=False, axis="y")
    return figure


def of_latencies(latencies: Latencies) -> Figure:
    """Return the Figure of Latencies: how late so many percent of the ticks are."""
    with style.figure(9, 3.8) as (figure, axes):
        for rank, since in enumerate((DUE, SENT)):
            late = numpy.sort(latencies.of(since)) / 1000
            share = (numpy.arange(len(late)) + 0.5) / len(late)
            axes.step(1 / (1 - share), numpy.maximum(late, 0.1), where="post", color=style.PROCESS_COLOURS[rank],
                      linestyle=style.LINES[rank], linewidth=2, label=since)  # fmt: skip
        axes.set(xscale="log", yscale="log", title="How late the ticks are", ylabel="µs (logarithmic)",
                 xlabel="percentile: so many percent of the ticks are not later")  # fmt: skip
        axes.set_xticks([1 / (1 - one) for one in _TICKS_ON_AXIS], [f"{100 * one:g} %" for one in _TICKS_ON_AXIS])
        axes.minorticks_off()
        axes.legend(frameon=False, loc="upper left")
    return figure
