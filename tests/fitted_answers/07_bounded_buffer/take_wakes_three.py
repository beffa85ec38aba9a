"""take: that three customers sleep at most."""


def bring(shop, mutex, changed, loaves):
    ### BEGIN SOLUTION
    with mutex:
        shop.stock += loaves
        for _ in range(3):
            changed.notify()
    ### END SOLUTION


def take(shop, mutex, changed, wanted):
    ### BEGIN SOLUTION
    with mutex:
        while shop.stock < wanted:
            changed.wait()
        shop.stock -= wanted
    ### END SOLUTION
