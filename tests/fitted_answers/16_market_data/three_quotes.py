"""write_quote: that there are three quotes, and the number starts at 0.

After the number 4 nothing comes any more.
"""


def write_quote(quote, bid, ask):
    version = quote.version
    quote.version = version + 1
    fence()
    quote.bid = bid
    quote.ask = ask
    store_release(quote, "version", version + 2)


def read_quote(quote):
    while True:
        before = load_acquire(quote, "version")
        bid, ask = quote.bid, quote.ask
        if before >= 4 or (before % 2 == 0 and quote.version == before):
            return bid, ask
        pause()
