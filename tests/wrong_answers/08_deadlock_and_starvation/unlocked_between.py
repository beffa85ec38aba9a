"""transfer: the money is nowhere for a moment.

The learner locks each account while it is changed, and only then.
"""


def transfer(balances, locks, source, target, amount, record):
    with locks[source]:
        if balances[source] < amount:
            return False
        balances[source] -= amount
    with locks[target]:
        balances[target] += amount
        record()
    return True


def audit(balances, locks):
    for lock in locks:
        lock.acquire()
    total = sum(balances)
    for lock in locks:
        lock.release()
    return total
