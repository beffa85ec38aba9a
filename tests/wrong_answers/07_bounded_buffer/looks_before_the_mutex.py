"""take: looked at without the mutex.

The learner takes the mutex only to sleep, and to take.
"""


def bring(shop, mutex, changed, loaves):
    with mutex:
        shop.stock += loaves
        changed.notify_all()


def take(shop, mutex, changed, wanted):
    while shop.stock < wanted:
        with mutex:
            changed.wait()
    with mutex:
        shop.stock -= wanted
