"""deadline_report: helpers with plain names.

The names are those that anybody might pick, and what they take is their own affair.
"""

NAMES = ("drops", "repeats", "misses", "p99", "max")


def late(tick):
    return tick[2] - tick[0]


def right(rank, ranked):
    return ranked[rank - 1]


def five(*numbers):
    return dict(zip(NAMES, numbers, strict=True))


def part(trace):
    return sorted(late(tick) for tick in trace)


def deadline_report(trace, taken, allowed):
    ranked, shown = part(trace), {tick[3] for tick in trace}
    rank = -(-99 * len(ranked) // 100)
    misses = [one for one in ranked if one > allowed]
    return five(taken - len(shown), len(trace) - len(shown), len(misses), right(rank, ranked), right(0, ranked))
