"""write_quote: no second look.

The learner waits until nobody writes, and believes that it stays so.
"""


def write_quote(quote, bid, ask):
    version = quote.version
    quote.version = version + 1
    fence()
    quote.bid = bid
    quote.ask = ask
    store_release(quote, "version", version + 2)


def read_quote(quote):
    while load_acquire(quote, "version") % 2:
        pause()
    return quote.bid, quote.ask
