"""take: only one is woken.

The learner brings for one, and so wakes one.
"""


def bring(shop, mutex, changed, loaves):
    with mutex:
        shop.stock += loaves
        changed.notify()


def take(shop, mutex, changed, wanted):
    with mutex:
        while shop.stock < wanted:
            changed.wait()
        shop.stock -= wanted
