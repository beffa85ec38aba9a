"""write_quote: the number stays.

The learner believes that the number is somebody else's business.
"""


def write_quote(quote, bid, ask):
    quote.bid = bid
    quote.ask = ask


def read_quote(quote):
    while True:
        before = load_acquire(quote, "version")
        bid, ask = quote.bid, quote.ask
        fence()
        if before % 2 == 0 and quote.version == before:
            return bid, ask
        pause()
