"""transfer: recorded too late.

The learner keeps the locks for as short as possible, and writes the log afterwards.
"""


def transfer(balances, locks, source, target, amount, record):
    first, second = sorted((source, target))
    with locks[first], locks[second]:
        enough = balances[source] >= amount
        if enough:
            balances[source] -= amount
            balances[target] += amount
    if enough:
        record()
    return enough


def audit(balances, locks):
    for lock in locks:
        lock.acquire()
    total = sum(balances)
    for lock in locks:
        lock.release()
    return total
