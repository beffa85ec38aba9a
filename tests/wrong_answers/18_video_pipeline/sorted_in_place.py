"""deadline_report: the order of the ticks is lost.

The learner sorts the trace, and then looks for neighbours in it.
"""


def deadline_report(trace, taken, allowed):
    trace.sort(key=lambda tick: tick[2] - tick[0])
    lateness = sorted(shown - due for due, woke, shown, frame in trace)
    frames = [frame for due, woke, shown, frame in trace]
    drops = taken - len(set(frames))
    repeats = sum(trace[at][3] == trace[at - 1][3] for at in range(1, len(trace)))
    misses = sum(late > allowed for late in lateness)
    p99 = lateness[math.ceil(99 * len(lateness) / 100) - 1]
    largest = lateness[-1]
    return {"drops": drops, "repeats": repeats, "misses": misses, "p99": p99, "max": largest}
