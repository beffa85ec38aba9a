"""write_quote: gives up.

The learner believes that a reader that came at the wrong moment should say so.
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
    fence()
    if before % 2 or quote.version != before:
        return None
    return bid, ask
