"""write_quote: the second look comes too early.

The learner makes sure that all is well, and copies then.
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
        if before % 2 == 0 and quote.version == before:
            return quote.bid, quote.ask
        pause()
