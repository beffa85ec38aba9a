"""The charts of the throughput lab: throughput, latency, cost, and throughput as a share of a plain copy."""

import math
import textwrap

from matplotlib.ticker import NullFormatter

from shmlab.ipc.limits import in_words
from shmlab.show import style
from shmlab.show.charts import curves
from shmlab.show.charts.curves import Curve
from shmlab.transports import DEFAULT, TRANSPORTS

_WIDTH = 9.5
_ROW_INCHES = 0.27
_BY_BYTES = 2**16  # at this message size and above, the bytes cost more than the messages
_COPY = "memcpy: one copy"


def of_throughput(result):
    with style.figure(_WIDTH, _height(result.transports)) as (figure, axes):
        draw_throughput(axes, result)
        _write_settings(axes, result)
    return figure


def of_share(share):
    with style.figure(_WIDTH, _height(share.of.transports)) as (figure, axes):
        draw_share(axes, share)
        _write_settings(axes, share.of)
    return figure


def of_latency(result):
    with style.figure(_WIDTH, _rows_height(result.transports)) as (figure, axes):
        draw_latency(axes, result)
        _write_settings(axes, result, below=62)
    return figure


def of_cost(cost):
    sizes = _smallest_and_largest(cost.of.sizes_bytes)
    with style.figure(_WIDTH + 1, _rows_height(cost.of.transports), columns=len(sizes)) as (figure, axes):
        panels = [axes] if len(sizes) == 1 else list(axes)
        for panel, size in zip(panels, sizes, strict=True):
            draw_cost(panel, cost, size)
        for panel in panels[1:]:
            panel.set_yticklabels([])
        figure.supxlabel(_wrapped(cost.of.how()), fontsize=8.5, color=style.FAINT, x=0.01, ha="left")
    return figure


def of_report(report):
    throughput = report.throughput
    if report.latency is None:
        return of_throughput(throughput)
    height = _height(throughput.transports) + _rows_height(throughput.transports)
    with style.figure(13, height, mosaic=[["throughput", "throughput"], ["latency", "cost"]]) as (figure, axes):
        draw_throughput(axes["throughput"], throughput)
        draw_latency(axes["latency"], report.latency)
        draw_cost(axes["cost"], throughput.cost, throughput.sizes_bytes[0])
        axes["cost"].set_yticklabels([])
        figure.suptitle(headline(throughput), fontsize=15, fontweight="bold", x=0.01, ha="left")
        figure.supxlabel(_wrapped(throughput.how(), 170), fontsize=8.5, color=style.FAINT, x=0.01, ha="left")
    return figure


def headline(throughput):
    """Return one sentence that compares shared memory and the pipe; a general title if one was not measured."""
    ours, pipe, _ = DEFAULT
    sizes = [
        size
        for size in _smallest_and_largest(throughput.sizes_bytes)
        if throughput.has(ours, size) and throughput.has(pipe, size)
    ]
    if not sizes:
        return "Messages from one process to another"
    ratios = [f"{throughput.ratio(ours, pipe, size):.2g} times as much at {in_words(size)}" for size in sizes]
    return f"Shared memory carries {' and '.join(ratios)} as a pipe does"


def draw_throughput(axes, result):
    """Draw bytes a second over message sizes; a line shows the rate of a plain copy."""
    axes.set(xscale="log", yscale="log", xlabel="message size", ylabel="megabytes a second")
    lines = []
    for name in result.transports:
        points = [point for point in result.points if point.transport == name]
        points.sort(key=lambda point: point.size_bytes)
        medians = tuple(point.median for point in points)
        lows, highs = (tuple(pick(point.rates) for point in points) for pick in (min, max))
        sizes = tuple(point.size_bytes for point in points)
        lines.append(Curve(name, sizes, medians, lows, highs, _geometric_mean(medians)))
    if result.copies:
        lines.append(Curve(_COPY, *zip(*result.copies, strict=True)))
    curves.draw(axes, lines)
    _size_ticks(axes, result.sizes_bytes)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value / 1e6:,g}")
    axes.set_title("Messages from one process to another")


def draw_share(axes, share):
    """Draw throughput as a share of a plain copy's, which is the line at 1."""
    axes.set(xscale="log", yscale="log", xlabel="message size", ylabel="share of memcpy")
    sizes, lines = share.sizes_bytes, []
    for name in share.of.transports:
        measured = tuple(size for size in sizes if share.of.has(name, size))
        shares = tuple(share.share(name, size) for size in measured)
        if measured:
            lines.append(Curve(name, measured, shares, better=_geometric_mean(shares)))
    lines.append(Curve(_COPY, tuple(sizes), (1,) * len(sizes)))
    curves.draw(axes, lines)
    _size_ticks(axes, sizes)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_title("How far from one plain copy of each message")


def draw_latency(axes, result):
    """Draw a row for each transport: the µs within which half, 99 %, 99.9 % and all of its round trips came back."""
    points = _in_families(result.points)
    axes.set(xscale="log", xlabel="microseconds\n● half within  | 99 %  ‖ 99.9 %  — fastest to slowest")
    for place, point in enumerate(points):
        colour, _, marker = _family_look(point)
        half, nearly, rest = (point.within(share) / 1e3 for share in (0.5, 0.99, 0.999))
        axes.plot([point.within(0.0) / 1e3, point.within(1.0) / 1e3], [place, place], color=style.FAINT, linewidth=0.8)
        axes.plot([half, nearly], [place, place], color=colour, linewidth=2.5, solid_capstyle="butt")
        axes.plot([half], [place], color=colour, marker=marker, markersize=8, zorder=3)
        axes.plot([nearly], [place], color=colour, marker="|", markersize=11, markeredgewidth=2)
        for offset in (0.97, 1.03):
            axes.plot([rest * offset], [place], color=style.INK, marker="|", markersize=9, markeredgewidth=0.8)
        _write_value(axes, half, place)
    if result.cache_line_ns is not None:
        axes.axvline(result.cache_line_ns / 1e3, color=style.FAINT, linestyle=(0, (2, 2)), linewidth=1.2)
        axes.annotate(
            "a cache line alone, from Python",
            (result.cache_line_ns / 1e3, len(points) - 0.45),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=9,
            color=style.FAINT,
            va="center",
        )
    _label_rows(axes, points)
    axes.set_title(f"How long {_short_size(result.sizes_bytes[0])} take, there and back")


def draw_cost(axes, cost, size_bytes):
    """Draw a row for each transport: CPU seconds of both sides for a million messages; for long messages, for 1 GB."""
    points = _in_families(point for point in cost.of.points if point.size_bytes == size_bytes and point.usages)
    by_bytes = size_bytes >= _BY_BYTES
    what = "gigabyte" if by_bytes else "million messages"
    axes.set(xscale="log", xlabel=f"CPU seconds for a {what},\nboth sides together")
    for place, point in enumerate(points):
        colour, _, marker = _family_look(point)
        seconds = point.cpu_s_a_gigabyte if by_bytes else point.cpu_s_a_million
        axes.plot([seconds], [place], color=colour, marker=marker, markersize=8, zorder=3)
        _write_value(axes, seconds, place)
    _label_rows(axes, points)
    axes.set_title(f"What {_short_size(size_bytes)} cost")


def _in_families(points):
    order = list(TRANSPORTS)
    return sorted(points, key=lambda point: order.index(point.transport))


def _family_look(point):
    return curves.FAMILY_LOOKS[TRANSPORTS[point.transport].family]


def _write_value(axes, x, place):
    """Write a mark's value above the mark, where no line crosses it."""
    words = f"{float(f'{x:.2g}'):,g}"
    axes.annotate(words, (x, place), xytext=(0, 5), textcoords="offset points", ha="center", va="bottom", fontsize=8)


def _label_rows(axes, points):
    """Write a name beside each row, and draw a line between families."""
    axes.set_yticks(range(len(points)), [point.transport for point in points])
    axes.set_ylim(len(points) - 0.2, -0.8)
    axes.margins(x=0.1)
    axes.grid(axis="y", visible=False)
    families = [TRANSPORTS[point.transport].family for point in points]
    for place in range(1, len(points)):
        if families[place] != families[place - 1]:
            axes.axhline(place - 0.5, color=style.GRID, linewidth=1)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _size_ticks(axes, sizes):
    axes.set_xticks(sizes, [_short_size(size) for size in sizes])
    axes.minorticks_off()


def _short_size(size_bytes):
    return in_words(size_bytes).replace(" bytes", " B")


def _smallest_and_largest(sizes):
    return list(dict.fromkeys((sizes[0], sizes[-1])))


def _height(names):
    return max(5, 1.6 + _ROW_INCHES * len(names))


def _rows_height(names):
    return 2.2 + 1.25 * _ROW_INCHES * len(names)


def _geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def _write_settings(axes, result, below=48):
    words = _wrapped(result.how().replace("(lowest–highest)", "(band: lowest to highest)"))
    axes.annotate(words, (0, 0), xytext=(0, -below), xycoords="axes fraction", textcoords="offset points", va="top",
                  fontsize=8.5, color=style.FAINT)  # fmt: skip


def _wrapped(words, width=110):
    return "\n".join(textwrap.wrap(words, width))
