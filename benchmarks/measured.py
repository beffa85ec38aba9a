"""Measuring in turn, and figures in words."""

import gc
import statistics
import time


def timed(run):
    """(seconds, what it returned), with nobody else's garbage to collect in between."""
    gc.collect()
    start = time.perf_counter()
    found = run()
    return time.perf_counter() - start, found


def in_turn(contenders, rounds):
    """name -> seconds of each round, for {name: run}. Each runs once before the clock counts."""
    for run in contenders.values():
        run()
    seconds = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            seconds[name].append(timed(run)[0])
    return seconds


def ratios(slower, faster):
    """How many times as long the one took, round by round."""
    return [one / other for one, other in zip(slower, faster, strict=True)]


def spread(values):
    """The median, and the lowest to the highest, in words."""
    return in_words(statistics.median(values)), f"{in_words(min(values))} – {in_words(max(values))}"


def in_words(number):
    """Three digits: 12,300, 45.6, 0.789."""
    if number >= 100:
        digits = len(str(round(number)))
        return f"{round(number, 3 - digits):,.0f}"
    return f"{number:.3g}"


def judged(values, goal, unit):
    """Whether the median reaches a goal, in words."""
    return f"{goal:,} {unit}: {'reached' if statistics.median(values) >= goal else 'missed'}"
