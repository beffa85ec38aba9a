"""fair_rate: bytes a nanosecond.

The learner forgets the unit of the times.
"""

import statistics


def fair_rate(rounds, size_bytes, warm_up):
    rates = [(len(sent) - warm_up) * size_bytes / (got[-1] - sent[warm_up]) for sent, got in rounds]
    return statistics.median(rates), min(rates), max(rates)
