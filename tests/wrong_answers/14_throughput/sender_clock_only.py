"""fair_rate: only the sender's clock.

The learner believes that a message is through when send returns.
"""

import statistics


def fair_rate(rounds, size_bytes, warm_up):
    rates = [(len(sent) - warm_up) * size_bytes * 1e9 / (sent[-1] - sent[warm_up]) for sent, _ in rounds]
    return statistics.median(rates), min(rates), max(rates)
