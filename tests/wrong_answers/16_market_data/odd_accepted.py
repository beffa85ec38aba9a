"""write_quote: odd is accepted.

The learner believes that a number which has not changed says that nobody wrote.
"""


def write_quote(quote, bid, ask):
    version = quote.version
    quote.version = version + 1
    fence()
    quote.bid = bid
    quote.ask = ask
    store_release(quote, "version", version + 2)


def read_quote(quote):
    while True:
        before = load_acquire(quote, "version")
        bid, ask = quote.bid, quote.ask
        fence()
        if quote.version == before:
            return bid, ask
        pause()
