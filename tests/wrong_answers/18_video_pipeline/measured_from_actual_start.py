"""deadline_report: measured from the actual start.

The learner times the work of each tick, as for a function.
"""


def deadline_report(trace, taken, allowed):
    lateness = sorted(shown - woke for due, woke, shown, frame in trace)
    frames = [frame for due, woke, shown, frame in trace]
    drops = taken - len(set(frames))
    repeats = len(frames) - len(set(frames))
    misses = sum(late > allowed for late in lateness)
    p99 = lateness[math.ceil(99 * len(lateness) / 100) - 1]
    largest = lateness[-1]
    return {"drops": drops, "repeats": repeats, "misses": misses, "p99": p99, "max": largest}
