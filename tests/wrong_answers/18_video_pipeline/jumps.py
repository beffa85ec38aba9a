"""deadline_report: all drops since the last tick are one.

The learner counts the gaps.
"""


def deadline_report(trace, taken, allowed):
    lateness = sorted(shown - due for due, woke, shown, frame in trace)
    frames = [frame for due, woke, shown, frame in trace]
    drops = 0
    for at in range(1, len(frames)):
        if frames[at] > frames[at - 1] + 1:
            drops += 1
    repeats = len(frames) - len(set(frames))
    misses = sum(late > allowed for late in lateness)
    p99 = lateness[math.ceil(99 * len(lateness) / 100) - 1]
    largest = lateness[-1]
    return {"drops": drops, "repeats": repeats, "misses": misses, "p99": p99, "max": largest}
