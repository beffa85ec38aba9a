"""deadline_report: p99 of the largest.

The learner takes 99 % of the largest.
"""


def deadline_report(trace, taken, allowed):
    lateness = sorted(shown - due for due, woke, shown, frame in trace)
    frames = [frame for due, woke, shown, frame in trace]
    drops = taken - len(set(frames))
    repeats = len(frames) - len(set(frames))
    misses = sum(late > allowed for late in lateness)
    p99 = 0.99 * lateness[-1]
    largest = lateness[-1]
    return {"drops": drops, "repeats": repeats, "misses": misses, "p99": p99, "max": largest}
