"""deadline_report: measured from the actual start.

The learner names helpers as anybody would, and measures from the wrong moment.
"""


def latenesses(trace):
    return [shown - woke for due, woke, shown, frame in trace]


def late(trace, allowed):
    return sum(one >= allowed for one in latenesses(trace))


def nearest_rank(values):
    return sorted(values)[int(0.99 * len(values)) - 1]


def frames_of(trace):
    return [frame for *_, frame in trace]


def deadline_report(trace, taken, allowed):
    frames = frames_of(trace)
    return {
        "drops": taken - len(set(frames)),
        "repeats": len(frames) - len(set(frames)),
        "misses": late(trace, allowed),
        "p99": nearest_rank(latenesses(trace)),
        "max": max(latenesses(trace)),
    }
