"""deadline_report: five numbers by their names.

The learner returns them in the order of the text.
"""


def deadline_report(trace, taken, allowed):
    lateness = sorted(shown - due for due, woke, shown, frame in trace)
    frames = [frame for due, woke, shown, frame in trace]
    drops = taken - len(set(frames))
    repeats = len(frames) - len(set(frames))
    misses = sum(late > allowed for late in lateness)
    p99 = lateness[math.ceil(99 * len(lateness) / 100) - 1]
    largest = lateness[-1]
    return drops, repeats, misses, p99, largest
