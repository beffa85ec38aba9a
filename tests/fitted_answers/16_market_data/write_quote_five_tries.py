"""write_quote: that five tries are enough."""


def write_quote(quote, bid, ask):
    version = quote.version
    quote.version = version + 1
    fence()
    quote.bid = bid
    quote.ask = ask
    store_release(quote, "version", version + 2)


def read_quote(quote):
    for _ in range(5):
        before = load_acquire(quote, "version")
        while before % 2:
            pause()
            before = load_acquire(quote, "version")
        bid, ask = quote.bid, quote.ask
        fence()
        if quote.version == before:
            break
        pause()
    return bid, ask
