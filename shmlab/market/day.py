"""A day of trades that a seeded generator makes up. It looks like a market; no market was recorded.

What it takes from real ones: many trades at the beginning and at the end of the day, trades that come in bursts, a
price that wanders by cents, volumes few of them large. Source: Cont, "Empirical properties of asset returns", 2001.
"""

from __future__ import annotations

import dataclasses

import numpy

from shmlab.base.table import Table, Tabled

DAY_S = 6.5 * 3600  # from 9:30 to 16:00, the hours of an American exchange
_OPENS_S = 9.5 * 3600
_BURST = 6  # trades, on average
_BURST_S = 0.4  # how far apart the trades of a burst are, on average
_HALF_HOURS = 13


@dataclasses.dataclass(frozen=True, repr=False)
class Day(Tabled):
    """Hold a made-up day. `at_s`: when each tick comes, in seconds since the opening, in order; `price_cents`;
    `volume`: in shares; three arrays of the same length.

    >>> len(made_up_day(seed=1, ticks=50))
    50
    """

    seed: int
    at_s: numpy.ndarray
    price_cents: numpy.ndarray
    volume: numpy.ndarray

    def __len__(self) -> int:
        return len(self.at_s)

    def per_second(self) -> numpy.ndarray:
        """Return how many ticks each second of the day has.

        >>> int(made_up_day(seed=1, ticks=50).per_second().sum())
        50
        """
        return numpy.bincount(self.at_s.astype(int), minlength=int(DAY_S))

    def table(self) -> Table:
        """Return a Table with a row for each half hour."""
        length_s = DAY_S / _HALF_HOURS
        busiest = self.per_second().reshape(_HALF_HOURS, -1).max(axis=1)
        rows = []
        for half_hour in range(_HALF_HOURS):
            of = (self.at_s // length_s).astype(int) == half_hour
            prices = self.price_cents[of] / 100
            span = (f"{prices.min():.2f}", f"{prices.max():.2f}") if of.any() else ("–", "–")
            began = clock(half_hour * length_s)
            rows.append((began, f"{of.sum():,}", *span, f"{self.volume[of].sum():,}", str(busiest[half_hour])))
        headings = ("from", "ticks", "lowest price", "highest price", "shares", "ticks in the busiest second")
        note = "Made up by a generator: no market was recorded."
        return Table(f"{len(self):,} ticks, seed {self.seed}", headings, tuple(rows), note)


def clock(at_s: float) -> str:
    """Return the time of day, so many seconds after the opening: "09:30"."""
    minutes = round((_OPENS_S + at_s) / 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def made_up_day(*, seed: int = 16, ticks: int = 20_000) -> Day:
    """Return a made-up Day of so many `ticks`. The same seed gives the same day, with the same version of numpy.

    Raises ValueError for fewer than 1 tick.

    >>> one, again = made_up_day(seed=3), made_up_day(seed=3)
    >>> bool((one.price_cents == again.price_cents).all())
    True
    """
    if ticks < 1:
        raise ValueError(f"ticks is {ticks!r}: give 1 or more")
    random = numpy.random.default_rng(seed)
    at_s = _times(random, ticks)
    lively = 1 + 2 * numpy.abs(2 * at_s / DAY_S - 1)  # prices move more at both ends of the day
    steps = numpy.rint(random.normal(0, 0.6, ticks) * lively).astype(int)
    price_cents = numpy.maximum(100, 10_000 + numpy.cumsum(steps))
    volume = 100 * numpy.maximum(1, numpy.rint(random.lognormal(0.3, 1.1, ticks))).astype(int)
    return Day(seed, at_s, price_cents, volume)


def _times(random, ticks):
    """Return when ticks come: bursts, and more of them towards both ends of the day."""
    bursts = max(1, ticks // _BURST)
    places = random.random(20 * bursts + 100)
    kept = places[random.random(len(places)) < (1 + 3 * numpy.abs(2 * places - 1) ** 4) / 4]
    begins = numpy.resize(kept, bursts) * DAY_S
    chosen = random.integers(0, bursts, ticks)
    at_s = begins[chosen] + random.exponential(_BURST_S, ticks)
    return numpy.sort(numpy.minimum(at_s, DAY_S - 0.001))
