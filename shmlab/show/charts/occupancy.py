"""Draw how full a bounded buffer was: a real run over time, and the same run as a way through a model's states."""

from matplotlib.ticker import MaxNLocator

from shmlab.show import style

_NS_A_MS = 1e6
_PUT, _GOT = style.PROCESS_COLOURS[:2]


def of_occupancy(occupancy):
    """Return the Figure of an Occupancy: the items in the buffer over time.

    Beside it, where a model's states are known, each state is a dot by how many items were got and put, and the real
    run is a line from dot to dot.
    """
    both = bool(occupancy.reached)
    with style.figure(11 if both else 7, 4, columns=2 if both else 1) as (figure, axes):
        over_time, states = axes if both else (axes, None)
        _over_time(over_time, occupancy)
        if both:
            _states(states, occupancy)
    return figure


def _over_time(axes, occupancy):
    times = [moment.at_ns / _NS_A_MS for moment in occupancy.moments]
    inside = [moment.inside for moment in occupancy.moments]
    axes.step([0, *times], [0, *inside], where="post", color=style.INK, linewidth=1.2, zorder=2)
    before = [0, *inside[:-1]]
    for rises, words, marker, colour in ((True, "put", "^", _PUT), (False, "got", "v", _GOT)):
        chosen = [(at, now) for at, now, was in zip(times, inside, before, strict=True) if (now > was) == rises]
        axes.plot(*zip(*chosen, strict=True), marker, color=colour, markersize=5, label=words, zorder=3)
    _bound(axes, occupancy.slots)
    axes.set(title="The real run", xlabel="ms since the first item was put", ylabel="items in the buffer",
             ylim=(-0.4, max([occupancy.slots, *inside]) + 1.2))  # fmt: skip
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="upper right", ncols=2, frameon=False)


def _bound(axes, slots):
    for height, words in ((slots, f"full: {slots}"), (0, "empty")):
        axes.axhline(height, color=style.ERROR, linestyle="--", linewidth=1, zorder=1)
        axes.annotate(words, (0, height), xytext=(4, 4), textcoords="offset points", fontsize=9, color=style.ERROR)


def _states(axes, occupancy):
    """Draw a put as a step up and a get as a step to the right.

    Below the lower line a reader would take what is not there; above the upper line a writer would overwrite what is.
    """
    got, put = zip(*sorted(occupancy.reached), strict=True)
    axes.plot(got, put, "o", color=style.FAINT, markersize=6, markerfacecolor="white", label="a state of the model")
    way = [(0, 0), *((moment.got, moment.put) for moment in occupancy.moments)]
    axes.plot(*zip(*way, strict=True), color=style.PROCESS_COLOURS[2], linewidth=2.5, label="the real run", zorder=1)
    last = max(*got, *put, *way[-1])
    ends = [0, last]
    axes.plot(ends, [one + occupancy.slots for one in ends], "--", color=style.ERROR, linewidth=1)
    axes.plot(ends, ends, "--", color=style.ERROR, linewidth=1)
    middle = last / 2
    for words, height, place, side in (("full", middle + occupancy.slots, (-10, 6), "right"),
                                       ("empty", middle, (10, -14), "left")):  # fmt: skip
        axes.annotate(words, (middle, height), xytext=place, textcoords="offset points", ha=side, fontsize=9,
                      color=style.ERROR)  # fmt: skip
    axes.set(title="Every pair (got, put) of the model", xlabel="items got", ylabel="items put",
             ylim=(-0.6, last + 0.8), xlim=(-0.6, last + 0.8))  # fmt: skip
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="lower right", frameon=False)
