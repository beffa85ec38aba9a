"""take: brought without the mutex.

The learner thinks that only those who wait need the mutex.
"""


def bring(shop, mutex, changed, loaves):
    shop.stock += loaves
    with mutex:
        changed.notify_all()


def take(shop, mutex, changed, wanted):
    with mutex:
        while shop.stock < wanted:
            changed.wait()
        shop.stock -= wanted
