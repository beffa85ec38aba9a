"""The life of a System V segment as a picture: who is attached, whether a key leads to it, when its memory goes."""

from shmlab.observe.segment_life import ATTACHED, GONE, MARKED
from shmlab.show import style

_ROWS = ("a key leads to it", "A has it attached", "B has it attached", "the memory is there")
_SHADES = {ATTACHED: "#E3F0F8", MARKED: "#FCF1DC", GONE: "#F1F1F1"}


def of_life(life):
    """Return the Figure of a Life: a column for each call, with bars for what is true after it; shaded by state."""
    with style.figure(9, 3.2) as (figure, axes):
        for place, moment in enumerate(life.moments):
            axes.axvspan(place, place + 1, color=_SHADES[moment.state], zorder=0)
            facts = (moment.found, "A" in moment.inside, "B" in moment.inside, moment.state != GONE)
            for row, (holds, colour) in enumerate(zip(facts, _colours(), strict=True)):
                if holds:
                    axes.barh(row, 1, left=place, height=0.5, color=colour, align="center")
        for state in (ATTACHED, MARKED, GONE):
            places = [place for place, moment in enumerate(life.moments) if moment.state == state]
            if places:
                middle = (places[0] + places[-1] + 1) / 2
                axes.annotate(state, (middle, -0.75), ha="center", va="center", fontweight="bold")
        axes.set_xticks(range(len(life.moments)), [moment.call.replace(", ", ",\n") for moment in life.moments])
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("left")
        axes.set_xlim(0, len(life.moments))
        axes.set_yticks(range(len(_ROWS)), _ROWS)
        axes.set_ylim(len(_ROWS) - 0.5, -1.1)
        axes.grid(axis="y", visible=False)
        axes.set(title="A System V segment: attached, marked, gone", xlabel="calls, in their order")
    return figure


def _colours():
    return (style.PROCESS_COLOURS[2], *style.PROCESS_COLOURS[:2], style.FAINT)
