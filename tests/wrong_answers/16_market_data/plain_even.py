"""write_quote: the even number overtakes the data.

The learner believes that one fence, at the beginning, orders all the stores after it.
"""


def write_quote(quote, bid, ask):
    version = quote.version
    quote.version = version + 1
    fence()
    quote.bid = bid
    quote.ask = ask
    quote.version = version + 2


def read_quote(quote):
    while True:
        before = load_acquire(quote, "version")
        bid, ask = quote.bid, quote.ask
        fence()
        if before % 2 == 0 and quote.version == before:
            return bid, ask
        pause()
