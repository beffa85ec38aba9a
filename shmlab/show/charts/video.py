"""Draw what a video pipeline does: the age of frames, frames on their way, late ticks, and priority inversion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shmlab.show import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from shmlab.bench.inversion import Event, Inversion
    from shmlab.bench.ticking import Ticking
    from shmlab.observe.pipeline_trace import PipelineTrace

CAMERA, FILTER, SCREEN = 2, 1, 0  # the rows, from below


def draw_ages(ages_ms: Mapping[str, Mapping[int, float]]) -> Figure:
    """Draw how old each frame was when it was shown. `ages_ms`: {rule: {frame: milliseconds}}."""
    with style.figure(8, 3.4) as (figure, axes):
        for number, (rule, ages) in enumerate(ages_ms.items()):
            axes.plot(list(ages), list(ages.values()), linestyle=style.LINES[number], marker=style.MARKERS[number],
                      markersize=4, color=style.process_colour(number), label=rule)  # fmt: skip
        axes.set(title="How old is what you see?", xlabel="frame", ylabel="age, ms", ylim=(0, None))
        axes.legend(frameon=False)
    return figure


def draw_pipeline(trace: PipelineTrace, *, until_ms: float = 130) -> Figure:
    """Draw the frames of a trace that were taken in its first milliseconds: a row for each process, a mark for each
    frame, a line from stage to stage. A frame that goes no further ends in a cross."""
    with style.figure(9.5, 3.4) as (figure, axes):
        taken = [frame for frame, at_ns in enumerate(trace.taken_ns, 1) if at_ns and trace.ms(at_ns) < until_ms]
        for frame in taken:
            _draw_frame(axes, trace, frame, until_ms)
        for tick in trace.ticks:
            if trace.ms(tick.due_ns) < until_ms:
                axes.axvline(trace.ms(tick.due_ns), color=style.GRID, linewidth=1, zorder=0)
        for tick, words in _told_ticks(trace):
            if trace.ms(tick.shown_ns) < until_ms:
                axes.annotate(words, (trace.ms(tick.shown_ns), SCREEN), xytext=(0, -17), textcoords="offset points",
                              ha="center", fontsize=9)  # fmt: skip
        axes.set_yticks((CAMERA, FILTER, SCREEN), ("camera", "filter", "screen"))
        axes.set(title="Frames on their way (× goes no further; = is shown again)", ylim=(-0.6, 2.5),
                 xlabel="ms after the first tick; thin lines: when a tick is due", xlim=(None, until_ms))  # fmt: skip
        axes.grid(visible=False)
    return figure


def _draw_frame(axes: Axes, trace: PipelineTrace, frame: int, until_ms: float) -> None:
    stops = [(trace.ms(trace.taken_ns[frame - 1]), CAMERA)]
    if trace.filtered_ns[frame - 1]:
        stops.append((trace.ms(trace.filtered_ns[frame - 1]), FILTER))
    if frame in trace.on_screen:
        stops.append((trace.ms(trace.on_screen[frame][0].shown_ns), SCREEN))
    times, rows = zip(*stops, strict=True)
    axes.plot(times, rows, color=style.FAINT, linewidth=1, zorder=1)
    for time, row in stops:
        axes.plot(time, row, marker="o", markersize=6, color=style.process_colour(row), zorder=2)
    if rows[-1] != SCREEN and times[-1] < until_ms:
        axes.plot(times[-1], rows[-1], marker="x", markersize=11, markeredgewidth=2, color=style.ERROR, zorder=3)
    axes.annotate(str(frame), stops[0], xytext=(0, 8), textcoords="offset points", ha="center", fontsize=9)


def _told_ticks(trace: PipelineTrace) -> list[tuple[object, str]]:
    """Return (tick, what stands below it): the frame, with "=" if the tick before showed it, too."""
    told, before = [], 0
    for tick in trace.ticks:
        told.append((tick, "–" if not tick.frame else f"={tick.frame}" if tick.frame == before else str(tick.frame)))
        before = tick.frame
    return told


def draw_late_ticks(late_ms: Mapping[str, Sequence[float]], title: str = "How late is each tick?") -> Figure:
    """Draw the lateness of each tick in milliseconds, a line for each way; the axis is logarithmic."""
    with style.figure(8, 3.4) as (figure, axes):
        for number, (how, late) in enumerate(late_ms.items()):
            axes.plot(range(1, len(late) + 1), [max(one, 0.001) for one in late], linestyle=style.LINES[number],
                      marker=style.MARKERS[number], markersize=3, linewidth=1, color=style.process_colour(number),
                      label=how)  # fmt: skip
        axes.set(title=title, xlabel="tick", ylabel="ms late (logarithmic)", yscale="log")
        figure.legend(loc="outside lower center", ncols=len(late_ms), frameon=False, fontsize=9)
    return figure


def draw_ticking(ticking: Ticking) -> Figure:
    """Draw a Ticking: the lateness of each tick, a line for each surrounding."""
    return draw_late_ticks({how: [one / 1000 for one in late] for how, late in ticking.late_us.items()})


def draw_inversion(inversion: Inversion) -> Figure:
    """Draw both runs of an Inversion: a bar where a process has the processor, a hatched one where it waits."""
    with style.figure(9, 4, rows=2) as (figure, rows):
        for axes, title, events in zip(rows, ("a plain mutex", "a mutex with priority inheritance"),
                                       (inversion.plain, inversion.inherits), strict=True):  # fmt: skip
            _draw_run(axes, events)
            axes.set_title(title)
        last = max(event.at_us for events in (inversion.plain, inversion.inherits) for event in events) / 1000
        for axes in rows:
            axes.set_xlim(0, last * 1.02)
        rows[1].set_xlabel("ms; full: computes · hatched: wants the mutex and waits")
    return figure


def _draw_run(axes: Axes, events: Sequence[Event]) -> None:
    from shmlab.bench.inversion import WHO

    at = {(event.who, event.what): event.at_us / 1000 for event in events}
    wants, gets = at["high", "wants the mutex"], at["high", "has the mutex"]
    busy = at["medium", "computes"], at["medium", "is done"]
    inside = at["low", "has the mutex"], at["low", "releases it"]
    runs = {"high": [], "medium": [busy], "low": _without(inside, busy)}
    for row, who in enumerate(reversed(WHO)):
        for start, end in runs[who]:
            axes.barh(row, end - start, left=start, height=0.6, color=style.process_colour(row))
    axes.barh(
        len(WHO) - 1, gets - wants, left=wants, height=0.6, facecolor="white", edgecolor=style.ERROR, hatch="////"
    )
    axes.set_yticks(range(len(WHO)), list(reversed(WHO)))
    axes.grid(axis="y", visible=False)


def _without(whole: tuple[float, float], part: tuple[float, float]) -> list[tuple[float, float]]:
    """Return the pieces of a span that are left without another one."""
    start, end = max(whole[0], part[0]), min(whole[1], part[1])
    if start >= end:
        return [whole]
    return [(whole[0], start), (end, whole[1])]


def draw_slots(titles: Sequence[str], pictures: Sequence[Any]) -> Figure:
    """Draw the pictures in the slots of a buffer side by side, each a two-dimensional array of bytes."""
    with style.figure(8, 2.4, columns=len(titles)) as (figure, columns):
        for axes, title, picture in zip(columns, titles, pictures, strict=True):
            axes.imshow(picture, cmap="gray", vmin=0, vmax=255)
            axes.set_title(title)
            axes.axis("off")
    return figure
