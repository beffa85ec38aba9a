"""fair_rate: one of the warm-up.

The learner counts from 1.
"""


def fair_rate(rounds, size_bytes, warm_up):
    rates = []
    for sent, received in rounds:
        elapsed = received[-1] - sent[warm_up - 1]
        rates.append((len(sent) - warm_up) * size_bytes * 1e9 / elapsed)
    return statistics.median(rates), min(rates), max(rates)
