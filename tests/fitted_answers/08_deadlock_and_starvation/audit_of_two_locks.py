"""transfer: an audit of the first two accounts' locks.

It is right as long as nobody uses another account meanwhile.
"""


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
    with locks[0], locks[1]:
        return sum(balances)
