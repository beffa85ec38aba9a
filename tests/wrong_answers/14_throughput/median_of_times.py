"""fair_rate: the median of the times.

The learner takes the median of the times, and one rate from it.
"""


def fair_rate(rounds, size_bytes, warm_up):
    times = [received[-1] - sent[warm_up] for sent, received in rounds]
    bytes_e9 = (len(rounds[0][0]) - warm_up) * size_bytes * 1e9
    return bytes_e9 / statistics.median(times), bytes_e9 / max(times), bytes_e9 / min(times)
