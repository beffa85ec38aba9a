"""write_quote: odd comes too late.

The learner stores the halves, and says between them that they come.
"""


def write_quote(quote, bid, ask):
    version = quote.version
    quote.bid = bid
    quote.version = version + 1
    fence()
    quote.ask = ask
    store_release(quote, "version", version + 2)


def read_quote(quote):
    while True:
        before = load_acquire(quote, "version")
        bid, ask = quote.bid, quote.ask
        fence()
        if before % 2 == 0 and quote.version == before:
            return bid, ask
        pause()
