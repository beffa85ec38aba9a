"""Results of throughput measurements: tables to read, JSON to keep."""

import dataclasses
import json
import statistics

from shmlab.base import spread
from shmlab.base.table import Table, Tabled
from shmlab.bench.one_way import Usage
from shmlab.bench.this_machine import Host
from shmlab.ipc.limits import in_words


@dataclasses.dataclass(frozen=True)
class Point:
    """One transport at one message size. `rates`: bytes a second of each round; `usages`: the cost of each round."""

    transport: str
    size_bytes: int
    messages: int
    rates: tuple[float, ...]
    usages: tuple[Usage, ...] = ()

    @property
    def median(self):
        return statistics.median(self.rates)

    @property
    def messages_a_second(self):
        return self.median / self.size_bytes

    @property
    def cpu_s_a_million(self):
        """Return the CPU seconds of both sides together for a million messages; None if they were not measured."""
        return self._each("cpu_s", 1e6)

    @property
    def cpu_s_a_gigabyte(self):
        return self._each("cpu_s", 1e9 / self.size_bytes)

    @property
    def switches_a_message(self):
        """Return the voluntary context switches of both sides for one message: how often a side slept."""
        return self._each("voluntary", 1)

    @property
    def forced_switches_a_message(self):
        return self._each("involuntary", 1)

    def _each(self, name, times):
        if not self.usages:
            return None
        return statistics.median(getattr(usage, name) for usage in self.usages) / self.messages * times


class Measured(Tabled):
    """The base of all results: find a point by transport and size, write JSON."""

    def point(self, transport, size_bytes):
        """Return the point of one transport at one size. Raises ValueError if it was not measured."""
        for one in self.points:
            if (one.transport, one.size_bytes) == (transport, size_bytes):
                return one
        raise ValueError(
            f"{transport!r} at {size_bytes!r} bytes was not measured: there are {', '.join(self.transports)}, "
            f"at {', '.join(map(str, self.sizes_bytes))}"
        )

    def has(self, transport, size_bytes):
        """Return whether this transport was measured at this size."""
        return any((one.transport, one.size_bytes) == (transport, size_bytes) for one in self.points)

    @property
    def transports(self):
        return list(dict.fromkeys(point.transport for point in self.points))

    @property
    def sizes_bytes(self):
        return sorted({point.size_bytes for point in self.points})

    def to_json(self):
        return json.dumps(dataclasses.asdict(self), indent=1)

    def how(self):
        """Return how it was measured, in words."""
        return f"median of {self.rounds} rounds (lowest–highest); {'' if self.pinned else 'not '}pinned; {self.host}"


@dataclasses.dataclass(frozen=True, repr=False)
class Throughput(Measured):
    """The results of one experiment.

    `pinned`: whether writer and reader had a processor each. `copies`: (size_bytes, bytes a second) of memcpy(3) on
    this machine. `batch`: messages a call. `touched`: whether every byte was written and read, in place if the
    transport can.
    """

    points: tuple[Point, ...]
    rounds: int
    pinned: bool
    host: Host | str
    copies: tuple[tuple[int, float], ...] = ()
    batch: int = 1
    touched: bool = False

    def ratio(self, transport, other, size_bytes):
        """Return how many times as fast as `other` a transport is: the median of the rounds' ratios."""
        return statistics.median(self.ratios(transport, other, size_bytes))

    def ratios(self, transport, other, size_bytes):
        """Return this ratio for each round."""
        pairs = zip(self.point(transport, size_bytes).rates, self.point(other, size_bytes).rates, strict=True)
        return [mine / theirs for mine, theirs in pairs]

    @classmethod
    def from_json(cls, text):
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, loaded):
        points = [
            Point(
                **{**one, "rates": tuple(one["rates"]), "usages": tuple(Usage(**use) for use in one.get("usages", ()))}
            )
            for one in loaded["points"]
        ]
        copies = tuple((size, rate) for size, rate in loaded.get("copies", ()))
        return cls(**{**loaded, "points": tuple(points), "copies": copies, "host": host_from(loaded["host"])})

    def table(self):
        """Return a Table with a row for each message size: the median of the rounds, and the lowest and highest."""
        names = self.transports
        rows = (
            (in_words(size), *(self._rates(name, size) for name in names), *self._copy(size))
            for size in self.sizes_bytes
        )
        headings = ("message", *(f"{name}, MB/s" for name in names), *(("memcpy, MB/s",) if self.copies else ()))
        table = Table("", headings, tuple(rows), self.how())
        return table if len(names) <= 4 else _transposed(table)

    def how(self):
        more = f"; {self.batch} messages a call" if self.batch > 1 else ""
        return super().how() + more + ("; every byte touched, in place where possible" if self.touched else "")

    def _rates(self, name, size):
        return rates_in_words(self.point(name, size)) if self.has(name, size) else ""

    def _copy(self, size):
        found = dict(self.copies)
        return (_megabytes(found[size]),) if size in found else ("",) if found else ()

    @property
    def cost(self):
        """Return the same results as CPU seconds and context switches, a Cost."""
        return Cost(self)

    @property
    def share_of_copy(self):
        """Return the same results as shares of memcpy(3), a ShareOfCopy."""
        return ShareOfCopy(self)


@dataclasses.dataclass(frozen=True, repr=False)
class Cost(Tabled):
    """The cost of a Throughput: CPU seconds of both sides, and context switches."""

    of: Throughput

    def table(self):
        """Return a Table with a row for each transport and size."""
        headings = (
            "transport",
            "message",
            "CPU s per GB",
            "CPU s per million messages",
            "sleeps a message",
            "forced switches a message",
        )
        points = [point for point in self.of.points if point.usages]
        rows = tuple(
            (
                point.transport,
                in_words(point.size_bytes),
                f"{point.cpu_s_a_gigabyte:.3g}",
                f"{point.cpu_s_a_million:.3g}",
                f"{point.switches_a_message:.2g}",
                f"{point.forced_switches_a_message:.2g}",
            )
            for point in points
        )
        return Table("What it costs: both sides together", headings, rows, self.of.how())


@dataclasses.dataclass(frozen=True, repr=False)
class ShareOfCopy(Tabled):
    """A Throughput as shares of memcpy(3): 1.0 is the rate of one copy of each message, and nothing else."""

    of: Throughput

    def share(self, transport, size_bytes):
        """Return the share of one transport at one size. Raises ValueError if memcpy was not measured at this size."""
        rates = dict(self.of.copies)
        if size_bytes not in rates:
            raise ValueError(f"memcpy was not measured at {size_bytes} bytes: there are {sorted(rates)}")
        return self.of.point(transport, size_bytes).median / rates[size_bytes]

    @property
    def sizes_bytes(self):
        return [size for size in self.of.sizes_bytes if size in dict(self.of.copies)]

    def table(self):
        """Return a Table with a row for each transport."""
        rows = tuple(
            (
                name,
                *(f"{self.share(name, size):.3g}" if self.of.has(name, size) else "" for size in self.sizes_bytes),
            )
            for name in self.of.transports
        )
        headings = ("transport", *map(in_words, self.sizes_bytes))
        return Table("Throughput as a share of memcpy", headings, rows, self.of.how())


def host_from(loaded):
    return Host(**{**loaded, "caches": tuple(loaded["caches"])}) if isinstance(loaded, dict) else loaded


def _transposed(table):
    """Return the table with rows and columns exchanged, for more transports than fit side by side."""
    columns = list(zip(*table.rows, strict=True))
    headings = ("MB/s", *columns[0])
    rows = tuple(
        (heading.removesuffix(", MB/s"), *column)
        for heading, column in zip(table.headings[1:], columns[1:], strict=True)
    )
    return Table(table.caption, headings, rows, table.note)


def _megabytes(rate):
    return f"{rate / 1e6:,.0f}" if rate >= 1e8 else f"{rate / 1e6:.3g}"


def rates_in_words(point):
    return spread.in_words(point.rates, _megabytes)
