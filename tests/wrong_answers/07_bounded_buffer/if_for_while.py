"""take: does not look again.

The learner believes a wake-up.
"""


def bring(shop, mutex, changed, loaves):
    with mutex:
        shop.stock += loaves
        changed.notify_all()


def take(shop, mutex, changed, wanted):
    with mutex:
        if shop.stock < wanted:
            changed.wait()
        shop.stock -= wanted
