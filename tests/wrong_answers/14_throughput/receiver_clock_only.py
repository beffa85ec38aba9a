"""fair_rate: only the receiver's clock.

The learner times from the first arrival to the last.
"""

import statistics


def fair_rate(rounds, size_bytes, warm_up):
    rates = [(len(got) - warm_up) * size_bytes * 1e9 / (got[-1] - got[warm_up]) for _, got in rounds]
    return statistics.median(rates), min(rates), max(rates)
