"""write_quote: the data overtake the odd number.

The learner believes that the release at the end orders all the stores before it.
"""


def write_quote(quote, bid, ask):
    version = quote.version
    quote.version = version + 1
    quote.bid = bid
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
