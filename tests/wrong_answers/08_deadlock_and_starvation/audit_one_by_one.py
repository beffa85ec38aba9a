"""transfer: the audit goes from account to account.

The learner locks each account while it is read.
"""


def transfer(balances, locks, source, target, amount, record):
    first, second = min(source, target), max(source, target)
    with locks[first], locks[second]:
        if balances[source] < amount:
            return False
        balances[source] -= amount
        balances[target] += amount
        record()
        return True


def audit(balances, locks):
    total = 0
    for account, lock in enumerate(locks):
        with lock:
            total += balances[account]
    return total
