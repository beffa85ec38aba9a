"""fair_rate: takes the warm-up out of the lists that it was given.

The learner changes the lists.
"""


def fair_rate(rounds, size_bytes, warm_up):
    rates = []
    for sent, received in rounds:
        del sent[:warm_up], received[:warm_up]
        elapsed = received[-1] - sent[0]
        rates.append(len(sent) * size_bytes * 1e9 / elapsed)
    return statistics.median(rates), min(rates), max(rates)
