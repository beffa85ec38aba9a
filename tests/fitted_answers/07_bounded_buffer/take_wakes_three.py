"""take: that three customers sleep at most."""


def bring(shop, mutex, changed, loaves):
    with mutex:
        shop.stock += loaves
        for _ in range(3):
            changed.notify()


def take(shop, mutex, changed, wanted):
    with mutex:
        while shop.stock < wanted:
            changed.wait()
        shop.stock -= wanted
