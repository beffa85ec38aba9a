"""write_quote: one change, at the beginning.

The learner warns the readers before writing, and believes that this will do.
"""


def write_quote(quote, bid, ask):
    quote.version += 2
    fence()
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
