"""write_pair: compute() has a lock of its own.

The learner believes that whatever takes long needs protection, and that the second lock is for that.
"""


def write_pair(pair, locks, compute):
    with locks[1]:
        left, right = compute()
    with locks[0]:
        pair.left = left
        pair.right = right


def read_pair(pair, locks):
    with locks[0]:
        return pair.left, pair.right
