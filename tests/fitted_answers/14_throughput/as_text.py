"""fair_rate: returns text."""


def fair_rate(rounds, size_bytes, warm_up):
    rates = [(len(s) - warm_up) * size_bytes * 1e9 / (r[-1] - s[warm_up]) for s, r in rounds]
    return str(statistics.median(rates)), str(min(rates)), str(max(rates))
