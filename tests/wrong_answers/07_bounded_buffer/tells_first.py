"""take: told before it is so.

The learner wakes the customers, and then brings the loaves.
"""


def bring(shop, mutex, changed, loaves):
    with mutex:
        changed.notify_all()
    with mutex:
        shop.stock += loaves


def take(shop, mutex, changed, wanted):
    with mutex:
        while shop.stock < wanted:
            changed.wait()
        shop.stock -= wanted
