"""write_pair: no lock.

The learner believes that two assignments next to each other are done at once.
"""


def write_pair(pair, locks, compute):
    value = compute()
    pair.left = value
    pair.right = value


def read_pair(pair, locks):
    return pair.left, pair.right
