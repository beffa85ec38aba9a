"""write_quote: the same number again.

The learner takes the number for a flag.
"""


def write_quote(quote, bid, ask):
    quote.version = 1
    fence()
    quote.bid = bid
    quote.ask = ask
    fence()
    quote.version = 0


def read_quote(quote):
    while True:
        before = load_acquire(quote, "version")
        bid, ask = quote.bid, quote.ask
        fence()
        if before % 2 == 0 and quote.version == before:
            return bid, ask
        pause()
