"""take: knows wants of one and two."""


def bring(shop, mutex, changed, loaves):
    with mutex:
        shop.stock += loaves
        changed.notify_all()


def take(shop, mutex, changed, wanted):
    with mutex:
        while shop.stock < min(wanted, 2):
            changed.wait()
        shop.stock -= wanted
