"""take: nobody is told.

The learner thinks that those who wait see the stock.
"""


def bring(shop, mutex, changed, loaves):
    with mutex:
        shop.stock += loaves


def take(shop, mutex, changed, wanted):
    with mutex:
        while shop.stock < wanted:
            changed.wait()
        shop.stock -= wanted
