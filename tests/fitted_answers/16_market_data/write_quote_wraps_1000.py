"""write_quote: that there are fewer than a thousand quotes."""


def write_quote(quote, bid, ask):
    ### BEGIN SOLUTION
    version = quote.version
    quote.version = version + 1
    fence()
    quote.bid = bid
    quote.ask = ask
    store_release(quote, "version", (version + 2) % 1000)
    ### END SOLUTION


def read_quote(quote):
    ### BEGIN SOLUTION
    while True:
        before = load_acquire(quote, "version")
        bid, ask = quote.bid, quote.ask
        fence()
        if before % 2 == 0 and quote.version == before:
            return bid, ask
        pause()
    ### END SOLUTION
