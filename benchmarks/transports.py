"""Measure the rings against pipes, queues, sockets and other libraries' transports, as ratios within one run.

A pass of its own first compares every message. Then each round measures all contenders in turn; writer and reader have
a processor each. The tables show the median of the rounds' ratios, the lowest and the highest.
"""

import os

import click
from measured import in_words, judged, spread

from shmlab import bench
from shmlab.base.table import Table
from shmlab.bench import this_machine
from shmlab.ipc import limits
from shmlab.transports import TRANSPORTS, available

OURS, SPINNING, NATIVE, PYTHON = "shared memory", "spinning ring", "POSIX ring", "POSIX ring in Python"
MIB = 2**20
# Message size -> comparisons (ours, theirs, the ratio to reach or None).
ONE_BY_ONE = {
    64: [
        (OURS, "multiprocessing.Queue", 35),
        (OURS, "pyzmq", 7),
        (OURS, "iceoryx2", 12),
        (OURS, "buffered pipe", 1),
        (OURS, "pipe", None),
        (OURS, "faster-fifo", None),
    ],
    2**16: [(OURS, "pipe", 30), (PYTHON, NATIVE, 0.8), ("System V ring in Python", "System V ring", 0.8)],
    MIB: [(OURS, "multiprocessing.Queue", 70), (PYTHON, NATIVE, 0.8), (OURS, "pipe", None), (OURS, "iceoryx2", None)],
    16 * MIB: [(PYTHON, NATIVE, 0.8), (OURS, "multiprocessing.Queue", None), (OURS, "pipe", None)],
}
BATCH = 100
ONE_CPU_GOAL = 0.5
SECONDS = 0.1


@click.command(help=__doc__)
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="How often each is measured.")
@click.option("--seconds", default=SECONDS, show_default=True, help="How long each pass takes, about.")
@click.option("--only", type=click.Choice(["one-by-one", "many", "touched", "round-trips", "one-cpu"]))
def main(rounds, seconds, only):
    parts = {
        "one-by-one": one_by_one,
        "many": many_at_once,
        "touched": touched,
        "round-trips": round_trips,
        "one-cpu": one_cpu,
    }
    for name, rows in parts.items():
        if only in (None, name):
            for title, found in rows(rounds, seconds):
                click.echo(f"{_table(title, found)}\n")
    click.echo(f"{this_machine.fingerprint()}; load {os.getloadavg()[0]:.1f}")


def one_by_one(rounds, seconds):
    """Compare message by message at every size of ONE_BY_ONE, and with memcpy."""
    for size, comparisons in ONE_BY_ONE.items():
        wanted = _installed(comparisons)
        result = bench.throughput(
            transports=_names(wanted), sizes_bytes=(size,), rounds=rounds, seconds=seconds, progress=False
        )
        rows = [(ours, theirs, result.ratios(ours, theirs, size), goal) for ours, theirs, goal in wanted]
        copy = dict(result.copies)[size]
        goal = 0.8 if size == MIB else None
        rows.append((OURS, "memcpy", [rate / copy for rate in result.point(OURS, size).rates], goal))
        yield f"Message by message, {limits.in_words(size)}", rows


def many_at_once(rounds, seconds):
    """Compare send_many and receive_many with put_many and get_many."""
    wanted = _installed([(OURS, "faster-fifo", 5), (OURS, "buffered pipe", None)])
    result = bench.throughput(
        transports=_names(wanted), sizes_bytes=(64,), rounds=rounds, batch=BATCH, seconds=seconds, progress=False
    )
    rows = [(ours, theirs, result.ratios(ours, theirs, 64), goal) for ours, theirs, goal in wanted]
    yield f"{BATCH} messages a call, 64 bytes: {_nanoseconds(result)}", rows


def touched(rounds, seconds):
    """Compare writing and reading every byte in place."""
    size = 16 * MIB
    wanted = _installed([(OURS, "iceoryx2", 1), (SPINNING, "iceoryx2", 1)])
    if not wanted:
        return
    result = bench.throughput(
        transports=_names(wanted), sizes_bytes=(size,), rounds=rounds, touch=True, seconds=3 * seconds, progress=False
    )
    rows = [(ours, theirs, result.ratios(ours, theirs, size), goal) for ours, theirs, goal in wanted]
    yield "In place, every byte written and read, 16 MiB", rows


def round_trips(rounds, seconds):
    """Compare round trips: a spinning transport with spinning ones and with blocking ones."""
    wanted = _installed([(SPINNING, "iceoryx2", 10), (SPINNING, "pipe", 50), (OURS, "pipe", 50), (OURS, "pyzmq", None)])
    result = bench.latency(transports=_names(wanted), rounds=rounds, seconds=seconds, progress=False)
    rows = [
        (f"{ours} ({TRANSPORTS[ours].waits})", f"{theirs} ({TRANSPORTS[theirs].waits})", ratios, goal)
        for ours, theirs, goal in wanted
        for ratios in [result.ratios(ours, theirs, bench.LATENCY_BYTES)]
    ]
    yield f"There and back, 64 bytes, median; {_microseconds(result)}", rows


def one_cpu(rounds, seconds):
    """Compare on one processor, where a spinning side must let the other run."""
    rings = [name for name in available() if TRANSPORTS[name].family == "shared memory"]
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        for size in (64, 2**16):
            result = bench.throughput(
                transports=(*rings, "pipe"), sizes_bytes=(size,), rounds=rounds, seconds=seconds, progress=False
            )
            rows = [(name, "pipe", result.ratios(name, "pipe", size), ONE_CPU_GOAL) for name in rings]
            yield f"One processor for both, {limits.in_words(size)}", rows
    finally:
        os.sched_setaffinity(0, before)


def _installed(comparisons):
    """Return the comparisons of which this installation has both sides, and print what is missing."""
    for name in {name for pair in comparisons for name in pair[:2]}:
        if why := TRANSPORTS[name].missing():
            click.echo(f"left out: {why}")
    return [one for one in comparisons if len(available(one[:2])) == 2]


def _names(comparisons):
    return tuple(dict.fromkeys((OURS, *(name for pair in comparisons for name in pair[:2]))))


def _table(title, rows):
    told = []
    for ours, theirs, ratios, goal in rows:
        told.append((ours, theirs, *spread(ratios), "" if goal is None else judged(ratios, goal, "times")))
    return Table(title, ("ours", "against", "times", "lowest – highest", "goal"), tuple(told))


def _nanoseconds(result):
    return ", ".join(f"{name} {in_words(64 / result.point(name, 64).median * 1e9)} ns" for name in result.transports)


def _microseconds(result):
    return ", ".join(f"{point.transport} {in_words(point.within(0.5) / 1e3)} µs" for point in result.points)


if __name__ == "__main__":
    main()
