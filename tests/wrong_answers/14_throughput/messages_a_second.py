"""fair_rate: messages a second.

The learner counts messages.
"""

import statistics


def fair_rate(rounds, size_bytes, warm_up):
    rates = [(len(sent) - warm_up) * 1e9 / (got[-1] - sent[warm_up]) for sent, got in rounds]
    return statistics.median(rates), min(rates), max(rates)
