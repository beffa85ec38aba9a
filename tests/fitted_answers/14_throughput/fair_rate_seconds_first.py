"""fair_rate: that times are small numbers."""


def fair_rate(rounds, size_bytes, warm_up):
    rates = []
    for sent, received in rounds:
        begin, end = sent[warm_up] / 1e9, received[-1] / 1e9
        rates.append((len(sent) - warm_up) * size_bytes / (end - begin))
    return statistics.median(rates), min(rates), max(rates)
