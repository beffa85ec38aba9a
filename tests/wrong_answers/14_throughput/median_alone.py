"""fair_rate: three numbers are wanted.

The learner gives the one number that the sentence begins with.
"""


def fair_rate(rounds, size_bytes, warm_up):
    rates = []
    for sent, received in rounds:
        elapsed = received[-1] - sent[warm_up]
        rates.append((len(sent) - warm_up) * size_bytes * 1e9 / elapsed)
    return statistics.median(rates)
