"""deadline_report: a drop is a miss.

The learner believes that a frame that is not shown has missed its deadline.
"""


def deadline_report(trace, taken, allowed):
    lateness = sorted(shown - due for due, woke, shown, frame in trace)
    frames = [frame for due, woke, shown, frame in trace]
    drops = taken - len(set(frames))
    repeats = len(frames) - len(set(frames))
    misses = drops + sum(late > allowed for late in lateness)
    p99 = lateness[math.ceil(99 * len(lateness) / 100) - 1]
    largest = lateness[-1]
    return {"drops": drops, "repeats": repeats, "misses": misses, "p99": p99, "max": largest}
