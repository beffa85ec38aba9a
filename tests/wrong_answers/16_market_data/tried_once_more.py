"""write_quote: tried once more only.

The learner believes that a second try succeeds.
"""


def write_quote(quote, bid, ask):
    version = quote.version
    quote.version = version + 1
    fence()
    quote.bid = bid
    quote.ask = ask
    store_release(quote, "version", version + 2)


def read_quote(quote):
    before = load_acquire(quote, "version")
    bid, ask = quote.bid, quote.ask
    if before % 2 or quote.version != before:
        while load_acquire(quote, "version") % 2:
            pause()
        bid, ask = quote.bid, quote.ask
    return bid, ask
