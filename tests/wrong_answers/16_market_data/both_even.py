"""write_quote: the looks are not compared.

The learner asks twice whether somebody writes now.
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
        while quote.version % 2:
            pause()
        bid, ask = quote.bid, quote.ask
        if quote.version % 2 == 0:
            return bid, ask
