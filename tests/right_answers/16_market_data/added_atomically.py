"""write_quote: by fetch_add.

The number is added to in one step; the reader waits for an even number first.
"""

from shmlab import fetch_add


def write_quote(quote, bid, ask):
    fetch_add(quote, "version", 1)
    fence()
    quote.ask = ask
    quote.bid = bid
    fence()
    fetch_add(quote, "version", 1)


def read_quote(quote):
    before = after = None
    while before is None or before != after:
        before = load_acquire(quote, "version")
        while before % 2 == 1:
            pause()
            before = load_acquire(quote, "version")
        ask, bid = quote.ask, quote.bid
        after = load_acquire(quote, "version")
    return (bid, ask)
