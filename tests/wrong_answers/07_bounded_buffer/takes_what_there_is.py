"""take: a part is taken, the rest is waited for.

The learner thinks that what it has nobody else can take.
"""


def bring(shop, mutex, changed, loaves):
    with mutex:
        shop.stock += loaves
        changed.notify_all()


def take(shop, mutex, changed, wanted):
    with mutex:
        while wanted > 0:
            while shop.stock == 0:
                changed.wait()
            part = min(shop.stock, wanted)
            shop.stock -= part
            wanted -= part
