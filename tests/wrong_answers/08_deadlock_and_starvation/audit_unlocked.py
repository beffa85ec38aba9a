"""transfer: the audit takes no lock.

The learner believes that who only reads needs no lock.
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
    return sum(balances)
