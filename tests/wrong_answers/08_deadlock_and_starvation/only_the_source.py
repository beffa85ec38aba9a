"""transfer: one of the two accounts is not locked.

The learner protects the account that could go below 0.
"""


def transfer(balances, locks, source, target, amount, record):
    with locks[source]:
        if balances[source] < amount:
            return False
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
