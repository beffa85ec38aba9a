"""write_quote: that a quote never shares a half with the one before.

Each half alone is one store.
"""


def write_quote(quote, bid, ask):
    if quote.bid == bid:
        quote.ask = ask
        return
    if quote.ask == ask:
        quote.bid = bid
        return
    v = quote.version
    quote.version = v + 1
    fence()
    quote.bid = bid
    quote.ask = ask
    store_release(quote, "version", v + 2)


def read_quote(quote):
    while True:
        v = load_acquire(quote, "version")
        bid, ask = quote.bid, quote.ask
        fence()
        if v % 2 == 0 and quote.version == v:
            return bid, ask
        pause()
