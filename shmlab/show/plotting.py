"""`plot`: one verb for all results. The module that draws a type is loaded when the first of that type is drawn.

Types are listed by name, so that the modules that define them need not know `show`, and `show` need not import them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from shmlab.base.interrupts import undisturbed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DRAWN_BY = {
    "shmlab.cache.fragments.Churns": "charts.heaps.of_churns",
    "shmlab.cache.heap.HeapMap": "charts.heaps.of_map",
    "shmlab.course.course_map.CourseMap": "charts.course_map.of_map",
    "shmlab.explorer.explain.history.History": "charts.history.of_history",
    "shmlab.explorer.explain.verdict.Verdict": "timeline.timeline.of_verdict",
    "shmlab.explorer.explain.witness.Witness": "timeline.timeline.of_witness",
    "shmlab.explorer.explain.who_waits.LockOrder": "charts.who_waits.of_order",
    "shmlab.explorer.explain.who_waits.WhoWaits": "charts.who_waits.of_waits",
    "shmlab.explorer.states.States": "charts.states.of_states",
    "shmlab.observe.address_spaces.AddressSpaces": "charts.address_spaces.of_spaces",
    "shmlab.runs.outcome.Outcomes": "charts.outcomes.of_outcomes",
    "shmlab.race.Race": "charts.outcomes.of_race",
    "shmlab.bench.locks.FalseSharing": "charts.locks.of_false_sharing",
    "shmlab.bench.locks.LockTrials": "charts.locks.of_trials",
    "shmlab.bench.report.Latency": "charts.bench.of_latency",
    "shmlab.bench.report.Report": "charts.bench.of_report",
    "shmlab.bench.measurements.Cost": "charts.bench.of_cost",
    "shmlab.bench.measurements.ShareOfCopy": "charts.bench.of_share",
    "shmlab.bench.measurements.Throughput": "charts.bench.of_throughput",
    "shmlab.observe.occupancy.Occupancy": "charts.occupancy.of_occupancy",
    "shmlab.observe.segment_life.Life": "charts.segment_life.of_life",
    "shmlab.observe.watching.Watch": "charts.watching.of_watch",
    "shmlab.observe.frame_history.FrameHistory": "charts.frames.of_history",
    "shmlab.observe.pipeline_trace.PipelineTrace": "charts.video.draw_pipeline",
    "shmlab.bench.ticking.Ticking": "charts.video.draw_ticking",
    "shmlab.bench.inversion.Inversion": "charts.video.draw_inversion",
    "shmlab.market.day.Day": "charts.market.of_day",
    "shmlab.market.costs.Costs": "charts.market.of_costs",
    "shmlab.market.latencies.Latencies": "charts.market.of_latencies",
}


def plot(result: Any) -> Figure:
    """Draw a result of this package; return a matplotlib Figure, whose label has the result's table as text.

    `result`: Outcomes (how often each final content came), a Race (every run of every protection), a
    Throughput (curves over message sizes), its cost or share_of_copy, a Latency (how many round trips came back
    within which time), a Report (all of these), a Verdict (the interleaving that fails), a Witness (an
    interleaving alone), AddressSpaces (side by side), a Life (of a System V segment), an Occupancy (how full a
    buffer was), States (every state of a small program), a WhoWaits (for whom, and for which lock), a LockOrder, a
    History (which operations of a witness overlapped), a Watch (segments and attach counts over time), a CourseMap
    (what a learner has reached), a FrameHistory (of a buffer pool), a PipelineTrace (frames on their way), a Ticking
    and an Inversion (who came late, and who waited), a made-up Day, Costs of its writer, Latencies, a HeapMap, or
    Churns (of several heaps). Raises TypeError for anything else.
    """
    with undisturbed():  # an interrupt may stop the import of matplotlib, or be lost in its compiled code
        figure = _drawer(type(result))(result)
    figure.set_label(str(result.table()))
    return figure


def _drawer(kind):
    for base in kind.__mro__:
        drawer = _DRAWN_BY.get(f"{base.__module__}.{base.__qualname__}")
        if drawer:
            module, _, function = drawer.rpartition(".")
            return getattr(importlib.import_module(f"shmlab.show.{module}"), function)
    known = ", ".join(sorted(path.rpartition(".")[2] for path in _DRAWN_BY))
    raise TypeError(f"{kind.__name__} cannot be drawn: plot takes {known}")
