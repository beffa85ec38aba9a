"""Results of round trips, and the report of a whole run: tables to read, JSON to keep, two reports to compare."""

import dataclasses
import json
import statistics

from shmlab.base.table import Table, Tabled
from shmlab.bench.measurements import Measured, Throughput, host_from, rates_in_words
from shmlab.bench.this_machine import Host
from shmlab.ipc.limits import in_words

FORMAT = 1
SHARES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0)


@dataclasses.dataclass(frozen=True)
class Trips:
    """Round trips of one transport. `quantiles_ns`: of each round, the ns within which each of SHARES came back."""

    transport: str
    size_bytes: int
    trips: int
    quantiles_ns: tuple[tuple[float, ...], ...]

    def within(self, share):
        """Return the nanoseconds within which this share of the trips came back: the median of the rounds.

        `share`: one of SHARES; for 1.0, the slowest trip of all rounds.
        """
        found = [quantiles[SHARES.index(share)] for quantiles in self.quantiles_ns]
        return max(found) if share == 1.0 else statistics.median(found)


@dataclasses.dataclass(frozen=True, repr=False)
class Latency(Measured):
    """How long a message takes there and back. `cache_line_ns`: of one word while both sides spin; None on one CPU."""

    points: tuple[Trips, ...]
    rounds: int
    pinned: bool
    host: Host | str
    cache_line_ns: float | None = None

    @classmethod
    def from_dict(cls, loaded):
        points = [Trips(**{**one, "quantiles_ns": tuple(map(tuple, one["quantiles_ns"]))}) for one in loaded["points"]]
        return cls(**{**loaded, "points": tuple(points), "host": host_from(loaded["host"])})

    @classmethod
    def from_json(cls, text):
        return cls.from_dict(json.loads(text))

    def ratio(self, transport, other, size_bytes):
        """Return how many times as fast as `other` a transport is: the median over rounds of their medians' ratio."""
        return statistics.median(self.ratios(transport, other, size_bytes))

    def ratios(self, transport, other, size_bytes):
        """Return this ratio for each round."""
        middle = SHARES.index(0.5)
        pairs = zip(
            self.point(transport, size_bytes).quantiles_ns, self.point(other, size_bytes).quantiles_ns, strict=True
        )
        return [theirs[middle] / mine[middle] for mine, theirs in pairs]

    def table(self):
        """Return a Table with a row for each transport, in microseconds."""
        headings = ("transport", "message", "p50, µs", "p99, µs", "p99.9, µs", "slowest, µs")
        rows = [
            (
                point.transport,
                in_words(point.size_bytes),
                *(f"{point.within(share) / 1e3:.3g}" for share in (0.5, 0.99, 0.999)),
                f"{point.within(1.0) / 1e3:,.0f}",
            )
            for point in self.points
        ]
        note = self.how()
        if self.cache_line_ns is not None:
            note += f"; a cache line there and back, from Python: {self.cache_line_ns / 1e3:.2g} µs"
        return Table("There and back", headings, tuple(rows), note)


@dataclasses.dataclass(frozen=True, repr=False)
class Report(Tabled):
    """One run of `shmlab bench`: throughput and latency, which can be saved in a file."""

    throughput: Throughput
    latency: Latency | None = None

    def save(self, path):
        """Write the report to a file as JSON."""
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, indent=1) + "\n")

    @classmethod
    def load(cls, path):
        """Read a report that `save` wrote. Raises ValueError for another file or format."""
        with open(path, encoding="utf-8") as stream:
            try:
                loaded = json.load(stream)
                form = loaded.pop("format")
            except (ValueError, AttributeError, KeyError, TypeError) as error:
                raise ValueError(f"{path} is no result of `shmlab bench`: {error}") from error
        if form != FORMAT:
            raise ValueError(f"{path} has format {form!r}, and this version reads format {FORMAT}: measure again")
        latency = loaded["latency"] and Latency.from_dict(loaded["latency"])
        return cls(Throughput.from_dict(loaded["throughput"]), latency)

    def compared_with(self, before):
        """Return a Comparison of an earlier Report with this one."""
        return Comparison(before.throughput, self.throughput)

    def table(self):
        """Return one Table whose caption has the text of all tables."""
        parts = [self.throughput, self.latency, self.throughput.cost]
        if self.throughput.copies:
            parts.append(self.throughput.share_of_copy)
        return Table("\n\n".join(str(part.table()) for part in parts if part is not None), (), ())


@dataclasses.dataclass(frozen=True, repr=False)
class Comparison(Tabled):
    """Two Throughputs, at the points that both have. It says faster or slower only where the rounds do not overlap."""

    before: Throughput
    after: Throughput

    def table(self):
        """Return a Table with a row for each transport and size that both have."""
        rows = []
        for new in self.after.points:
            if self.before.has(new.transport, new.size_bytes):
                old = self.before.point(new.transport, new.size_bytes)
                cells = map(rates_in_words, (old, new))
                rows.append((new.transport, in_words(new.size_bytes), *cells, *_changed(old, new)))
        headings = ("transport", "message", "before, MB/s", "after, MB/s", "times", "")
        return Table("Before and after", headings, tuple(rows), self._note())

    def _note(self):
        notes = [f"before: {self.before.how()}", f"after: {self.after.how()}"]
        if self.before.host != self.after.host:
            notes.append("The two hosts, or the versions of shmlab, differ: the difference may be theirs.")
        if (self.before.pinned, self.before.touched, self.before.batch) != (
            self.after.pinned,
            self.after.touched,
            self.after.batch,
        ):
            notes.append("The two were not measured in the same way.")
        return "\n".join(notes)


def _changed(old, new):
    apart = "faster" if min(new.rates) > max(old.rates) else "slower" if max(new.rates) < min(old.rates) else ""
    return f"{new.median / old.median:.2f}", apart
