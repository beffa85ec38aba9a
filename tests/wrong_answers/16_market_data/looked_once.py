"""write_quote: the first look is never made again.

The learner keeps the number from before the first try.
"""


def write_quote(quote, bid, ask):
    version = quote.version
    quote.version = version + 1
    fence()
    quote.bid = bid
    quote.ask = ask
    store_release(quote, "version", version + 2)


def read_quote(quote):
    v = quote.version
    bid, ask = quote.bid, quote.ask
    while v % 2 or quote.version != v:
        bid, ask = quote.bid, quote.ask
    return bid, ask
