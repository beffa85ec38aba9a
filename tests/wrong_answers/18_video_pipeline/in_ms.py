"""deadline_report: another unit.

The learner reports milliseconds.
"""


def deadline_report(trace, taken, allowed):
    lateness = sorted(shown - due for due, woke, shown, frame in trace)
    frames = [frame for due, woke, shown, frame in trace]
    drops = taken - len(set(frames))
    repeats = len(frames) - len(set(frames))
    misses = sum(late > allowed for late in lateness)
    p99 = lateness[math.ceil(99 * len(lateness) / 100) - 1] / 1e6
    largest = lateness[-1] / 1e6
    return {"drops": drops, "repeats": repeats, "misses": misses, "p99": p99, "max": largest}
