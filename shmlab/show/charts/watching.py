"""Draw what a Watch saw over time: how much is in use, and how often each segment is attached."""

from matplotlib.ticker import MaxNLocator

from shmlab.observe.watching import named
from shmlab.show import style

_MIB = 2**20
_MOST = 6  # segments that are drawn; the table has all events


def of_watch(watch):
    """Return the Figure of a Watch: on the left what is in the segments, on the right the attach counts."""
    with style.figure(11, 4, columns=2) as (figure, (left, right)):
        start = watch.looks[0].time_ns if watch.looks else 0
        times = [(look.time_ns - start) / 1e9 for look in watch.looks]
        _sizes(left, watch, times)
        _counts(right, watch, times)
        for axes in (left, right):
            axes.set_xlabel("seconds since the first look")
            axes.set_ylim(bottom=0)
    return figure


def _sizes(axes, watch, times):
    for place, kind in enumerate(("POSIX segment", "System V segment")):
        sums = [sum(one.size_bytes or 0 for one in look.objects if one.kind == kind) / _MIB for look in watch.looks]
        axes.step(times, sums, where="post", color=style.PROCESS_COLOURS[place], linestyle=style.LINES[place],
                  marker=style.MARKERS[place], label=f"{kind}s")  # fmt: skip
    alarms = [(event.time_ns - watch.looks[0].time_ns) / 1e9 for event in watch.events if event.what == "alarm"]
    for place, at in enumerate(alarms):
        axes.axvline(at, color=style.ERROR, linestyle=":", label=None if place else "alarm")
    axes.set(title="In segments", ylabel="MiB")
    if times:
        axes.legend(frameon=False, fontsize=9)


def _counts(axes, watch, times):
    for place, name in enumerate(_busiest(watch)):
        counts = [next((one.attached for one in look.objects if named(one) == name), None) for look in watch.looks]
        # Wide below narrow, so that a curve on another one hides none.
        shown = [float("nan") if count is None else count for count in counts]
        axes.step(times, shown, where="post", color=style.process_colour(place), marker=style.MARKERS[place % 6],
                  linestyle=style.LINES[place % 6], linewidth=max(1.5, 4.0 - 2.0 * place),
                  label=name)  # fmt: skip
    axes.set(title="Attached", ylabel="attachments")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.margins(y=0.2)
    if axes.get_lines():
        axes.legend(frameon=False, fontsize=9)


def _busiest(watch):
    """Return the names of the segments with most events, in the order in which they came."""
    counts = {}
    for event in watch.events:
        if event.kind:
            counts[event.name] = counts.get(event.name, 0) + 1
    chosen = sorted(counts, key=lambda name: -counts[name])[:_MOST]
    return [name for name in counts if name in chosen]
