"""deadline_report: between two latenesses.

The learner takes the percentile of a library, whose default is another one.
"""


def deadline_report(trace, taken, allowed):
    lateness = sorted(shown - due for due, woke, shown, frame in trace)
    frames = [frame for due, woke, shown, frame in trace]
    drops = taken - len(set(frames))
    repeats = len(frames) - len(set(frames))
    misses = sum(late > allowed for late in lateness)
    p99 = statistics.quantiles(lateness, n=100)[98]
    largest = lateness[-1]
    return {"drops": drops, "repeats": repeats, "misses": misses, "p99": p99, "max": largest}
