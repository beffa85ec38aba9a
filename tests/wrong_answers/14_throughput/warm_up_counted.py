"""fair_rate: the warm-up is counted.

The learner counts everything that was sent.
"""

import statistics


def fair_rate(rounds, size_bytes, warm_up):
    rates = [len(sent) * size_bytes * 1e9 / (received[-1] - sent[0]) for sent, received in rounds]
    return statistics.median(rates), min(rates), max(rates)
