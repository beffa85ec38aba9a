"""deadline_report: the ninety-ninth as it came.

The learner forgets to sort.
"""


def deadline_report(trace, taken, allowed):
    lateness = [shown - due for due, woke, shown, frame in trace]
    frames = [frame for due, woke, shown, frame in trace]
    drops = taken - len(set(frames))
    repeats = len(frames) - len(set(frames))
    misses = sum(late > allowed for late in lateness)
    p99 = lateness[math.ceil(99 * len(lateness) / 100) - 1]
    largest = max(lateness)
    return {"drops": drops, "repeats": repeats, "misses": misses, "p99": p99, "max": largest}
