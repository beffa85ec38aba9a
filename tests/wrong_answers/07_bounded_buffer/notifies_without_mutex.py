"""take: waits or notifies without the mutex.

The learner gives the mutex back first, so that the woken ones need not wait for it.
"""


def bring(shop, mutex, changed, loaves):
    with mutex:
        shop.stock += loaves
    changed.notify_all()


def take(shop, mutex, changed, wanted):
    with mutex:
        while shop.stock < wanted:
            changed.wait()
        shop.stock -= wanted
