"""transfer: that there are four accounts at most."""


def transfer(balances, locks, source, target, amount, record):
    first, second = sorted([source, target])
    with locks[first], locks[second]:
        if balances[source] < amount:
            return False
        balances[source] -= amount
        balances[target] += amount
        record()
        return True


def audit(balances, locks):
    for lock in locks[:4]:
        lock.acquire()
    total = sum(balances)
    for lock in locks[:4]:
        lock.release()
    return total
