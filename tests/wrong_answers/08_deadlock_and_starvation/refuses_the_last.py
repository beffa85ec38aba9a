"""transfer: the last of the money is refused.

The learner wants something to be left in the account.
"""


def transfer(balances, locks, source, target, amount, record):
    first, second = min(source, target), max(source, target)
    with locks[first], locks[second]:
        if balances[source] <= amount:
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
