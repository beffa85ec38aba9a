"""take: looks again and again.

The learner does not use the condition.
"""


def bring(shop, mutex, changed, loaves):
    with mutex:
        shop.stock += loaves
        changed.notify_all()


def take(shop, mutex, changed, wanted):
    while True:
        with mutex:
            if shop.stock >= wanted:
                shop.stock -= wanted
                return
