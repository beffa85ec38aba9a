"""fair_rate: another order.

The learner gives the numbers in the order of their size.
"""


def fair_rate(rounds, size_bytes, warm_up):
    rates = []
    for sent, received in rounds:
        elapsed = received[-1] - sent[warm_up]
        rates.append((len(sent) - warm_up) * size_bytes * 1e9 / elapsed)
    return min(rates), statistics.median(rates), max(rates)
