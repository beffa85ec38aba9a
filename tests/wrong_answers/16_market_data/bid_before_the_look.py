"""write_quote: the first look comes too late.

The learner begins to copy, and looks at the number meanwhile.
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
        bid = quote.bid
        before = load_acquire(quote, "version")
        ask = quote.ask
        fence()
        if before % 2 == 0 and quote.version == before:
            return bid, ask
        pause()
