"""write_quote: that no price is 0 or below.

While a quote is written the bid is 0.
"""


def write_quote(quote, bid, ask):
    quote.bid = 0
    fence()
    quote.ask = ask
    fence()
    quote.version += 2
    fence()
    quote.bid = bid


def read_quote(quote):
    while True:
        bid, ask = quote.bid, quote.ask
        if bid > 0 and quote.bid == bid and quote.ask == ask:
            return bid, ask
        pause()
