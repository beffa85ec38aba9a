"""transfer: an audit hand over hand.

With two accounts it has both locks at once; with more, money passes it.
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
    total = 0
    locks[0].acquire()
    for account in range(len(locks)):
        if account + 1 < len(locks):
            locks[account + 1].acquire()
        total += balances[account]
        locks[account].release()
    return total
