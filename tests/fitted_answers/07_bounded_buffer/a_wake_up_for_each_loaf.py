"""take: wakes as many as there are loaves.

It is right as long as no more customers sleep than loaves come.
"""


def bring(shop, mutex, changed, loaves):
    with mutex:
        shop.stock += loaves
        for _ in range(loaves):
            changed.notify()


def take(shop, mutex, changed, wanted):
    with mutex:
        while shop.stock < wanted:
            changed.wait()
        shop.stock -= wanted
