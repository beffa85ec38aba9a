"""transfer: an order that changes.

The learner orders the accounts, by what is in them: the richer one first.
"""


def transfer(balances, locks, source, target, amount, record):
    richer, poorer = sorted((source, target), key=lambda account: -balances[account])
    with locks[richer], locks[poorer]:
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
