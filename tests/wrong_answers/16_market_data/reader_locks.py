"""write_quote: the reader locks.

The learner makes the number odd while reading, too, so that nobody writes meanwhile.
"""

from shmlab import compare_exchange


def enter(quote):
    while True:
        version = quote.version
        if version % 2 == 0 and compare_exchange(quote, "version", version, version + 1):
            return
        pause()


def write_quote(quote, bid, ask):
    enter(quote)
    quote.bid = bid
    quote.ask = ask
    store_release(quote, "version", quote.version + 1)


def read_quote(quote):
    enter(quote)
    got = quote.bid, quote.ask
    store_release(quote, "version", quote.version + 1)
    return got
