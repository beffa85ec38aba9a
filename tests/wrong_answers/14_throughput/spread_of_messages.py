"""fair_rate: lowest and highest.

The learner takes the median over the rounds, and the spread over the messages.
"""


def fair_rate(rounds, size_bytes, warm_up):
    rates, singles = [], []
    for sent, received in rounds:
        rates.append((len(sent) - warm_up) * size_bytes * 1e9 / (received[-1] - sent[warm_up]))
        singles += [size_bytes * 1e9 / (there - here) for here, there in zip(sent, received, strict=True)]
    return statistics.median(rates), min(singles), max(singles)
