"""write_quote: one change, at the end.

The learner believes that a number which changes with each quote is enough.
"""


def write_quote(quote, bid, ask):
    quote.bid = bid
    quote.ask = ask
    store_release(quote, "version", quote.version + 2)


def read_quote(quote):
    while True:
        before = load_acquire(quote, "version")
        bid, ask = quote.bid, quote.ask
        fence()
        if before % 2 == 0 and quote.version == before:
            return bid, ask
        pause()
