"""write_quote: the numbers begin again.

The learner wants the number to stay small.
"""


def write_quote(quote, bid, ask):
    version = quote.version
    quote.version = (version + 1) % 16
    fence()
    quote.bid = bid
    quote.ask = ask
    store_release(quote, "version", (version + 2) % 16)


def read_quote(quote):
    while True:
        before = quote.version
        got = [quote.bid, quote.ask]
        if before % 2 == 0 and quote.version == before:
            return got
        pause()
