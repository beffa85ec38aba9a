"""Draw all states of a program: a dot for each, in columns by how many steps lead to it, and lines for the steps."""

import collections

from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from shmlab.explorer.states import DEAD, FINAL
from shmlab.show import style

MOST = 300  # dots that can be told apart
_NUMBERED = 60  # so many dots have all their numbers
_SWEEPS = 8
_LOOKS = {  # marker, size, face, edge: no two kinds differ by colour alone
    "goes on": ("o", 40, "white", style.FAINT),
    "doomed": ("v", 58, "white", style.ERROR),
    DEAD: ("X", 120, style.ERROR, style.INK),
    FINAL: ("s", 80, style.INK, style.INK),
    "failed": ("D", 75, style.ERROR, style.INK),
}
_WORDS = {
    "goes on": "goes on",
    "doomed": "fails whatever comes next",
    DEAD: "deadlock: nobody can go on",
    FINAL: "all have ended well",
    "failed": "a rule is broken",
}


def of_states(states):
    """Return the Figure of States. Raises ValueError when there are too many to be told apart."""
    if len(states) > MOST:
        raise ValueError(
            f"{states.title} has {len(states):,} states, and more than {MOST} dots cannot be told apart: draw it with "
            "fewer processes or rounds; print(states) tells those that matter"
        )
    heights = _heights(states)
    places = [(state.depth, heights[state.number]) for state in states.states]
    deep, tall = max(x for x, _ in places), max(heights) - min(heights)
    with style.figure(9, min(9, max(2.6, 1.6 + 0.36 * tall))) as (figure, axes):
        _draw_links(axes, states, places)
        for look in _LOOKS:
            _draw_dots(axes, look, [state for state in states.states if _look(state) == look], places)
        _number(axes, states, places)
        axes.set(xlim=(-0.6, deep + 0.6), ylim=(min(heights) - 0.8, max(heights) + 0.8))
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set(xlabel="steps from the start, at least", title=f"{states.title}: {len(states)} states")
        _legend(figure, states)
    return figure


def _look(state):
    if state.kind in (DEAD, FINAL):
        return state.kind
    return "failed" if state.failed else "doomed" if state.doomed else "goes on"


def _heights(states):
    """Return the height of each dot: those of a column stand apart, each near its neighbours in the graph."""
    columns, near = collections.defaultdict(list), collections.defaultdict(list)
    for state in states.states:
        columns[state.depth].append(state.number)
    for link in states.links:
        near[link.before].append(link.after)
        near[link.after].append(link.before)
    heights = [0.0] * len(states)
    for column in columns.values():
        _spread(column, heights)
    for sweep in range(_SWEEPS):
        for depth in sorted(columns, reverse=sweep % 2):
            side = depth + 1 if sweep % 2 else depth - 1
            means = {
                number: _mean([heights[one] for one in near[number] if states[one].depth == side], heights[number])
                for number in columns[depth]
            }
            columns[depth].sort(key=means.get)
            _spread(columns[depth], heights)
    return heights


def _spread(column, heights):
    for at, number in enumerate(column):
        heights[number] = (len(column) - 1) / 2 - at


def _mean(found, otherwise):
    return -sum(found) / len(found) if found else -otherwise


def _draw_links(axes, states, places):
    way = set(zip(states.witness, states.witness[1:], strict=False))
    lines = collections.defaultdict(list)
    for link in states.links:
        start, end = places[link.before], places[link.after]
        lines[link.rank, (link.before, link.after) in way, end[0] <= start[0]].append((start, end))
    for (rank, on_the_way, back), found in lines.items():
        colour = style.process_colour(rank)
        if on_the_way:
            axes.add_collection(LineCollection(found, colors=style.INK, linewidths=6, zorder=2, capstyle="round"))
        axes.add_collection(
            LineCollection(found, colors=colour, linewidths=3 if on_the_way else 1, zorder=3 if on_the_way else 1,
                           linestyles="dashed" if back else "solid")
        )  # fmt: skip


def _draw_dots(axes, look, chosen, places):
    if chosen:
        marker, size, face, edge = _LOOKS[look]
        xs, ys = zip(*(places[state.number] for state in chosen), strict=True)
        axes.scatter(xs, ys, s=size, marker=marker, facecolors=face, edgecolors=edge, linewidths=1.2, zorder=4)


def _number(axes, states, places):
    """Write the numbers of the dots, as the table has them: of all, or, where there are many, of those that matter."""
    for state in states.states:
        if len(states) <= _NUMBERED or state.kind or state.number == 0:
            axes.annotate(
                f"{state.number}", places[state.number], (0, 6), textcoords="offset points", ha="center", va="bottom",
                fontsize=8, zorder=5,
            )  # fmt: skip


def _legend(figure, states):
    handles = []
    for look, (marker, _, face, edge) in _LOOKS.items():
        if any(_look(state) == look for state in states.states):
            handles.append(
                Line2D([], [], marker=marker, linestyle="", markersize=8, markerfacecolor=face, markeredgecolor=edge,
                       label=_WORDS[look])
            )  # fmt: skip
    for rank in sorted({link.rank for link in states.links}):
        handles.append(Line2D([], [], color=style.process_colour(rank), linewidth=2, label=f"a step of P{rank}"))
    if states.witness:
        handles.append(Line2D([], [], color=style.INK, linewidth=6, label="the smallest failing interleaving"))
    if any(states[link.after].depth <= states[link.before].depth for link in states.links):
        handles.append(Line2D([], [], color=style.FAINT, linestyle="--", label="a step back, or to the side"))
    figure.legend(handles=handles, loc="outside lower left", ncols=3, frameon=False, fontsize=9)
