"""write_quote: a last try is not looked at.

The learner believes that the third try succeeds.
"""


def write_quote(quote, bid, ask):
    version = quote.version
    quote.version = version + 1
    fence()
    quote.bid = bid
    quote.ask = ask
    store_release(quote, "version", version + 2)


def read_quote(quote):
    for _ in range(3):
        while (v := quote.version) % 2:
            pause()
        bid, ask = quote.bid, quote.ask
        if quote.version == v:
            break
    return bid, ask
