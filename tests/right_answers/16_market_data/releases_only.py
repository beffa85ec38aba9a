"""write_quote: a release for each store.

Each store waits for the one before it, and the reader looks at the end of each round.
"""


def write_quote(quote, bid, ask):
    odd = quote.version + 1
    quote.version = odd
    store_release(quote, "ask", ask)
    store_release(quote, "bid", bid)
    store_release(quote, "version", odd + 1)


def read_quote(quote):
    after = load_acquire(quote, "version")
    while True:
        before, got = after, [quote.bid, quote.ask]
        after = load_acquire(quote, "version")
        if before == after and not before & 1:
            return got
