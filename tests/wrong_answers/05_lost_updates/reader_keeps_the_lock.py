"""write_pair: a lock is never released.

The learner believes that a lock is given back with the answer.
"""


def write_pair(pair, locks, compute):
    left, right = compute()
    with locks[0]:
        pair.left = left
        pair.right = right


def read_pair(pair, locks):
    locks[0].acquire()
    return pair.left, pair.right
