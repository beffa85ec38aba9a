"""transfer: two equal looks are one moment.

The learner believes that nothing has changed when two looks see the same.
"""


def transfer(balances, locks, source, target, amount, record):
    with locks[min(source, target)], locks[max(source, target)]:
        if balances[source] < amount:
            return False
        balances[source] -= amount
        balances[target] += amount
        record()
        return True


def audit(balances, locks):
    def look():
        found = []
        for account, lock in enumerate(locks):
            with lock:
                found.append(balances[account])
        return found

    before = look()
    while (after := look()) != before:  # nothing changed meanwhile
        before = after
    return sum(after)
