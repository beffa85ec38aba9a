"""fair_rate: the mean of the rounds.

The learner takes the mean, which one bad round pulls along.
"""


def fair_rate(rounds, size_bytes, warm_up):
    rates = []
    for sent, received in rounds:
        rates.append((len(sent) - warm_up) * size_bytes * 1e9 / (received[-1] - sent[warm_up]))
    return sum(rates) / len(rates), min(rates), max(rates)
