"""fair_rate: the best run.

The learner believes that the fastest run shows what the machine can do.
"""


def fair_rate(rounds, size_bytes, warm_up):
    rates = []
    for sent, received in rounds:
        rates.append((len(sent) - warm_up) * size_bytes * 1e9 / (received[-1] - sent[warm_up]))
    return max(rates), min(rates), max(rates)
