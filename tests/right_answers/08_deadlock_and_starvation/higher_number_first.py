"""transfer: the higher number first, and the audit adds on its way"""

from contextlib import ExitStack


def transfer(balances, locks, source, target, amount, record):
    with ExitStack() as held:
        for account in sorted({source, target}, reverse=True):
            held.enter_context(locks[account])
        left = balances[source] - amount
        if left < 0:
            return False
        record()
        balances[target] += amount
        balances[source] = left
    return True


def audit(balances, locks):
    total = 0
    with ExitStack() as held:
        for account in reversed(range(len(locks))):
            held.enter_context(locks[account])
            total += balances[account]
    return total
