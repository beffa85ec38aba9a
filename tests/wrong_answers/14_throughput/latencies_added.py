"""fair_rate: the times of all messages, added up.

The learner adds up how long each message was on its way.
"""


def fair_rate(rounds, size_bytes, warm_up):
    rates = []
    for sent, received in rounds:
        elapsed = sum(received[warm_up:]) - sum(sent[warm_up:])
        rates.append((len(sent) - warm_up) * size_bytes * 1e9 / elapsed)
    return statistics.median(rates), min(rates), max(rates)
