"""write_quote: nobody looks at the number.

The learner believes that two equal copies are whole.
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
        first = quote.bid, quote.ask
        second = quote.bid, quote.ask
        if first == second:
            return first
