"""`plot`: one verb for whatever can be drawn. What draws a type is loaded when the first of that type is drawn."""

import importlib

from shmlab.base.interrupts import undisturbed

_DRAWN_BY = {
    "shmlab.explorer.explain.verdict.Verdict": "timeline.timeline.of_verdict",
    "shmlab.explorer.explain.witness.Witness": "timeline.timeline.of_witness",
    "shmlab.explorer.explain.who_waits.LockOrder": "charts.who_waits.of_order",
    "shmlab.explorer.explain.who_waits.WhoWaits": "charts.who_waits.of_waits",
    "shmlab.explorer.states.States": "charts.states.of_states",
    "shmlab.observe.address_spaces.AddressSpaces": "charts.address_spaces.of_spaces",
    "shmlab.runs.outcome.Outcomes": "charts.outcomes.of_outcomes",
    "shmlab.race.Race": "charts.outcomes.of_race",
    "shmlab.bench.report.Latency": "charts.bench.of_latency",
    "shmlab.bench.report.Report": "charts.bench.of_report",
    "shmlab.bench.measurements.Cost": "charts.bench.of_cost",
    "shmlab.bench.measurements.ShareOfCopy": "charts.bench.of_share",
    "shmlab.bench.measurements.Throughput": "charts.bench.of_throughput",
    "shmlab.observe.segment_life.Life": "charts.segment_life.of_life",
}


def plot(result):
    """Draw a result of this package; returns a matplotlib Figure, whose label says the same in words.

    Draws Outcomes (how often each final content came), a Race (every run of every protection), a
    Throughput (curves over message sizes), its cost and share_of_copy, a Latency (how many round trips came back
    within which time), a Report (all of these), a Verdict (the interleaving that fails), a Witness (an
    interleaving alone), AddressSpaces (side by side), a Life (of a System V segment), States (every state of a small
    program), a WhoWaits (for whom, and for which lock) and a LockOrder. Raises TypeError for anything else.
    """
    figure = _drawer(type(result))(result)
    figure.set_label(str(result.table()))
    return figure


def _drawer(kind):
    for base in kind.__mro__:
        drawer = _DRAWN_BY.get(f"{base.__module__}.{base.__qualname__}")
        if drawer:
            module, _, function = drawer.rpartition(".")
            with undisturbed():  # matplotlib cannot be loaded again once an interrupt has torn it
                return getattr(importlib.import_module(f"shmlab.show.{module}"), function)
    raise TypeError(
        f"{kind.__name__} cannot be drawn: plot takes Outcomes, a Race, a Throughput, its cost or share_of_copy, "
        "a Latency, a Report, a Verdict, a Witness, AddressSpaces, a Life, States, a WhoWaits or a LockOrder"
    )
