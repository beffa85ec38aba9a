"""deadline_report: p99 from the top.

The learner sorts downwards.
"""


def deadline_report(trace, taken, allowed):
    lateness = sorted((shown - due for due, woke, shown, frame in trace), reverse=True)
    frames = [frame for due, woke, shown, frame in trace]
    drops = taken - len(set(frames))
    repeats = len(frames) - len(set(frames))
    misses = sum(late > allowed for late in lateness)
    p99 = lateness[math.ceil(99 * len(lateness) / 100) - 1]
    largest = lateness[0]
    return {"drops": drops, "repeats": repeats, "misses": misses, "p99": p99, "max": largest}
