"""fair_rate: one of the two in the middle.

The learner forgets that an even number has no one in the middle.
"""


def fair_rate(rounds, size_bytes, warm_up):
    rates = []
    for sent, received in rounds:
        rates.append((len(sent) - warm_up) * size_bytes * 1e9 / (received[-1] - sent[warm_up]))
    return sorted(rates)[len(rates) // 2], min(rates), max(rates)
