"""Measure functions in turn, and write numbers as words."""

import gc
import statistics
import time


def timed(run):
    """Return (seconds, result) of a call; garbage of earlier code is collected before."""
    gc.collect()
    start = time.perf_counter()
    found = run()
    return time.perf_counter() - start, found


def in_turn(contenders, rounds):
    """Return {name: seconds of each round} for {name: function}. Each runs once before the clock starts."""
    for run in contenders.values():
        run()
    seconds = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            seconds[name].append(timed(run)[0])
    return seconds


def ratios(slower, faster):
    """Return, round by round, how many times as long the slower one took."""
    return [one / other for one, other in zip(slower, faster, strict=True)]


def spread(values):
    """Return the median, and the lowest and highest, in words."""
    return in_words(statistics.median(values)), f"{in_words(min(values))} – {in_words(max(values))}"


def in_words(number):
    """Return a number with three significant digits: 12,300, 45.6, 0.789."""
    if number >= 100:
        digits = len(str(round(number)))
        return f"{round(number, 3 - digits):,.0f}"
    return f"{number:.3g}"


def judged(values, goal, unit):
    """Return in words whether the median reaches a goal."""
    return f"{goal:,} {unit}: {'reached' if statistics.median(values) >= goal else 'missed'}"
