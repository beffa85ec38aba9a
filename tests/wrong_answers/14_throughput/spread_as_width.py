"""fair_rate: the spread is a width.

The learner gives how far apart the rates are.
"""

import statistics


def fair_rate(rounds, size_bytes, warm_up):
    rates = []
    for sent, received in rounds:
        rates.append((len(sent) - warm_up) * size_bytes * 1e9 / (received[-1] - sent[warm_up]))
    middle = statistics.median(rates)
    return middle, middle - min(rates), max(rates) - middle
