"""write_pair: one lock for each half.

The learner believes that two things need two locks.
"""


def write_pair(pair, locks, compute):
    left, right = compute()
    with locks[0]:
        pair.left = left
    with locks[1]:
        pair.right = right


def read_pair(pair, locks):
    with locks[0]:
        left = pair.left
    with locks[1]:
        right = pair.right
    return left, right
