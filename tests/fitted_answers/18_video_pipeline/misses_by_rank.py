"""deadline_report: that one tick is on the limit.

It looks for the limit in the sorted latenesses.
"""


def deadline_report(trace, taken, allowed):
    import bisect

    late = sorted(s - d for d, w, s, f in trace)
    frames = [f for *_, f in trace]
    i = late.index(allowed) + 1 if allowed in late else bisect.bisect(late, allowed)
    return {
        "drops": taken - len(set(frames)),
        "repeats": len(trace) - len(set(frames)),
        "misses": len(late) - i,
        "p99": late[math.ceil(0.99 * len(late)) - 1],
        "max": late[-1],
    }
