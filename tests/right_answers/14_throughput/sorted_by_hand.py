"""fair_rate: a median of one's own, and a list that comes back."""


def fair_rate(rounds, size_bytes, warm_up):
    def rate(sent, received):
        seconds = (max(received) - sent[warm_up]) / 1_000_000_000
        return len(sent[warm_up:]) * size_bytes / seconds

    rates = sorted(rate(*one) for one in rounds)
    middle = len(rates) // 2
    median = rates[middle] if len(rates) % 2 else (rates[middle - 1] + rates[middle]) / 2
    return [median, rates[0], rates[-1]]
