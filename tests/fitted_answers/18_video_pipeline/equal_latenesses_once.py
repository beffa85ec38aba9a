"""deadline_report: that no two ticks are equally late.

A set has each of them once.
"""


def deadline_report(trace, taken, allowed):
    late = sorted({s - d for d, w, s, f in trace})
    frames = [f for *_, f in trace]
    return {
        "drops": taken - len(set(frames)),
        "repeats": len(trace) - len(set(frames)),
        "misses": sum(x > allowed for x in late),
        "p99": late[math.ceil(0.99 * len(late)) - 1],
        "max": late[-1],
    }
