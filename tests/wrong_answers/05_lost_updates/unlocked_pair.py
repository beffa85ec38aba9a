"""write_pair: no lock is ever taken.

The learner believes that two assignments next to each other are done at once.
"""


def write_pair(pair, locks, compute):
    left, right = compute()
    pair.left = left
    pair.right = right


def read_pair(pair, locks):
    return pair.left, pair.right
