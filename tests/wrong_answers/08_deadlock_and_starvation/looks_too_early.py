"""transfer: the balance is looked at too early.

The learner asks whether there is money before taking any lock.
"""


def transfer(balances, locks, source, target, amount, record):
    if balances[source] < amount:
        return False
    first, second = sorted((source, target))
    with locks[first]:
        with locks[second]:
            balances[source] -= amount
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
