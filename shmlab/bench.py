"""How fast messages get from one process to another: an experiment, and its frozen results.

Each trial is one fresh pair of processes and one transport. First every byte of some messages is
verified, then messages are sent to warm everything up, then the clock runs from the first send to
the last receive. Rounds go through all transports in turn, so that a slow minute of the machine
falls on all alike; what is reported is the median of the rounds, with the lowest and the highest.
"""

import dataclasses
import itertools
import json
import os
import platform
import statistics
import struct
import time

from tqdm.auto import tqdm

from shmlab import workers
from shmlab.ipc import limits
from shmlab.table import Table, Tabled
from shmlab.transports import TRANSPORTS

SIZES_BYTES = tuple(64 * 4**power for power in range(9))  # 64 B to 4 MiB
TRIAL_BYTES = 2**25
MOST_MESSAGES = 4000
FEWEST_MESSAGES = 8
VERIFIED = 5
_NANOSECONDS = struct.Struct("<q")


@dataclasses.dataclass(frozen=True)
class Point:
    """One transport at one message size: bytes per second of each round."""

    transport: str
    size_bytes: int
    messages: int
    rates: tuple[float, ...]

    @property
    def median(self):
        return statistics.median(self.rates)


@dataclasses.dataclass(frozen=True, repr=False)
class Throughput(Tabled):
    """The results of one experiment. `pinned`: writer and reader had a processor each."""

    points: tuple[Point, ...]
    rounds: int
    pinned: bool
    host: str

    @property
    def transports(self):
        return list(dict.fromkeys(point.transport for point in self.points))

    @property
    def sizes_bytes(self):
        return sorted({point.size_bytes for point in self.points})

    def point(self, transport, size_bytes):
        """The Point of one transport at one size. Raises ValueError when that was not measured."""
        for one in self.points:
            if (one.transport, one.size_bytes) == (transport, size_bytes):
                return one
        raise ValueError(
            f"{transport!r} at {size_bytes!r} bytes was not measured: there are {', '.join(self.transports)}, "
            f"at {', '.join(map(str, self.sizes_bytes))}"
        )

    def ratio(self, transport, other, size_bytes):
        """How many times faster the one is than the other: the median over rounds of their ratio."""
        pairs = zip(self.point(transport, size_bytes).rates, self.point(other, size_bytes).rates, strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)

    def to_json(self):
        return json.dumps(dataclasses.asdict(self), indent=1)

    @classmethod
    def from_json(cls, text):
        loaded = json.loads(text)
        points = tuple(Point(**{**point, "rates": tuple(point["rates"])}) for point in loaded.pop("points"))
        return cls(points, **loaded)

    def table(self):
        """One row for each message size: the median of the rounds, and the lowest and highest."""
        rows = (
            (limits.in_words(size), *(_rates_in_words(self.point(name, size)) for name in self.transports))
            for size in self.sizes_bytes
        )
        headings = ("message", *(f"{name}, MB/s" for name in self.transports))
        note = f"median of {self.rounds} rounds (lowest–highest); {'' if self.pinned else 'not '}pinned; {self.host}"
        return Table("", headings, tuple(rows), note)


def _rates_in_words(point):
    median, low, high = (
        f"{rate / 1e6:,.0f}" if rate >= 1e8 else f"{rate / 1e6:.3g}"
        for rate in (point.median, min(point.rates), max(point.rates))
    )
    return f"{median} ({low}–{high})"


def throughput(*, transports=tuple(TRANSPORTS), sizes_bytes=SIZES_BYTES, rounds=3, pin=True, progress=True):
    """Measure transports at message sizes, `rounds` times each, interleaved; returns a Throughput.

    `pin`: give writer and reader a processor each. Raises ValueError for an unknown transport, and
    RuntimeError when a message arrives changed.
    """
    if isinstance(transports, str):
        transports = (transports,)
    if isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < 1:
        raise ValueError(f"rounds is {rounds!r}: give a whole number from 1 up")
    if not sizes_bytes or any(not isinstance(size, int) or size < 1 for size in sizes_bytes):
        raise ValueError(f"sizes_bytes is {sizes_bytes!r}: give at least one size, each 1 byte or more")
    if not transports:
        raise ValueError(f"transports is {transports!r}: choose from {', '.join(TRANSPORTS)}")
    for name in transports:
        if name not in TRANSPORTS:
            raise ValueError(f"transport {name!r} is unknown: choose from {', '.join(TRANSPORTS)}")
    workers.warm_up()
    rates = {}
    trials = list(itertools.product(range(rounds), sizes_bytes, transports))
    for _, size_bytes, name in tqdm(trials, desc="throughput", unit="trial", leave=False, disable=not progress):
        rates.setdefault((name, size_bytes), []).append(_measure(name, size_bytes, pin))
    points = (Point(name, size, message_count(size), tuple(found)) for (name, size), found in rates.items())
    return Throughput(tuple(points), rounds, pin, _host())


def _host():
    python, linux = platform.python_version(), platform.release()
    return f"{platform.machine()}, {len(limits.cpus())} processors, Linux {linux}, Python {python}"


def message_count(size_bytes):
    """How many messages a trial sends: about as many bytes each, within bounds."""
    return max(FEWEST_MESSAGES, min(MOST_MESSAGES, TRIAL_BYTES // size_bytes))


def _measure(name, size_bytes, pin):
    cpus = limits.cpus()
    pair = (cpus[0], cpus[-1]) if pin else None
    elapsed_ns = workers.start(_trial, name, size_bytes, message_count(size_bytes), pair, name=name).result()
    return message_count(size_bytes) * size_bytes / (elapsed_ns / 1e9)


def _trial(name, size_bytes, messages, cpus):
    """In a fresh process: make the transport, fork the reader, verify, warm up, measure; nanoseconds."""
    channel = TRANSPORTS[name](size_bytes)
    answers, answer = os.pipe()
    reader = os.fork()
    if reader == 0:
        os._exit(_read_all(channel, size_bytes, messages, answer, cpus))
    os.close(answer)
    if cpus:
        os.sched_setaffinity(0, {cpus[0]})
    for index in range(VERIFIED):
        channel.send(payload(index, size_bytes))
    message = payload(0, size_bytes)
    for _ in range(_warm_up(messages)):
        channel.send(message)
    _await(answers)  # everything so far has arrived
    began = time.monotonic_ns()
    for _ in range(messages):
        channel.send(message)
    ended = _await(answers)
    channel.close()
    os.waitpid(reader, 0)
    channel.destroy()
    return ended - began


def _read_all(channel, size_bytes, messages, answer, cpus):
    """The reader's half of a trial: its exit code."""
    if cpus:
        os.sched_setaffinity(0, {cpus[1]})
    changed = sum(channel.receive() != payload(index, size_bytes) for index in range(VERIFIED))
    for count in (_warm_up(messages), messages):
        for _ in range(count):
            channel.receive()
        if changed:
            return 1  # the answer that never comes is how the writer learns it
        os.write(answer, _NANOSECONDS.pack(time.monotonic_ns()))
    return 0


def _await(answers):
    message = os.read(answers, _NANOSECONDS.size)
    if not message:
        raise RuntimeError("the reader ended early: a message arrived changed")
    return _NANOSECONDS.unpack(message)[0]


def _warm_up(messages):
    return max(FEWEST_MESSAGES // 2, messages // 10)


def payload(index, size_bytes):
    """Message number `index`: no two of them alike, no two neighbouring 8-byte words alike."""
    places = range(min(512, size_bytes // 8 + 1))
    words = (((index + 1) * 0x9E3779B97F4A7C15 + place * 0x2545F4914F6CDD1D) % 2**64 for place in places)
    block = b"".join(word.to_bytes(8, "little") for word in words)
    return (block * (size_bytes // len(block) + 1))[:size_bytes]
