"""transfer: knows banks of two, three and four accounts"""


def transfer(balances, locks, source, target, amount, record):
    ordered = sorted((source, target)) if (source, target) in ((0, 1), (1, 0), (0, 2), (3, 2)) else (source, target)
    with locks[ordered[0]], locks[ordered[1]]:
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
