"""take: one is woken, and each one that was woken wakes the next before it sleeps again or goes."""


def bring(shop, mutex, changed, loaves):
    mutex.acquire()
    shop.stock += loaves
    mutex.release()
    with changed:
        changed.notify_all()


def take(shop, mutex, changed, wanted):
    with changed:
        while not shop.stock >= wanted:
            changed.wait()
        for _ in range(wanted):
            shop.stock -= 1
