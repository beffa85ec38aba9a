"""deadline_report: tick by tick, with 0.99.

It counts as it goes, and rounds a float up.
"""


def deadline_report(trace, taken, allowed):
    report = {"drops": taken, "repeats": 0, "misses": 0, "p99": None, "max": 0}
    before = None
    lateness = []
    for due, _, shown, frame in trace:
        late = shown - due
        lateness.append(late)
        if late > allowed:
            report["misses"] += 1
        if frame == before:
            report["repeats"] += 1
        else:
            report["drops"] -= 1
        before = frame
        report["max"] = max(report["max"], late)
    lateness.sort()
    rank = math.ceil(0.99 * len(lateness))
    report["p99"] = lateness[rank - 1]
    return report
