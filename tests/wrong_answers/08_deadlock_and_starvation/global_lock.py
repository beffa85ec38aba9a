"""transfer: one lock for the bank.

The learner takes the first lock for everything: no order, no deadlock.
"""


def transfer(balances, locks, source, target, amount, record):
    with locks[0]:
        if balances[source] < amount:
            return False
        balances[source] -= amount
        balances[target] += amount
        record()
        return True


def audit(balances, locks):
    with locks[0]:
        return sum(balances)
