"""fair_rate: the middle one as it came.

The learner takes the middle of the list.
"""


def fair_rate(rounds, size_bytes, warm_up):
    rates = []
    for sent, received in rounds:
        rates.append((len(sent) - warm_up) * size_bytes * 1e9 / (received[-1] - sent[warm_up]))
    return rates[len(rates) // 2], min(rates), max(rates)
