"""transfer: in the order of the arguments.

The learner locks the account that pays, then the one that is paid.
"""


def transfer(balances, locks, source, target, amount, record):
    with locks[source], locks[target]:
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
