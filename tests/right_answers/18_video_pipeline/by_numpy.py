"""deadline_report: numpy's inverted_cdf is the nearest rank.

numpy does the counting.
"""

import numpy


def deadline_report(trace, taken, allowed):
    due, _, shown, frames = numpy.array(trace).T
    lateness = shown - due
    return {
        "max": lateness.max(),
        "p99": numpy.percentile(lateness, 99, method="inverted_cdf"),
        "misses": numpy.count_nonzero(lateness > allowed),
        "repeats": int((numpy.diff(frames) == 0).sum()),
        "drops": taken - numpy.unique(frames).size,
    }
