"""write_pair: one half read, and the other guessed.

The learner believes that one look is enough, as the halves belong together.
"""


def write_pair(pair, locks, compute):
    left, right = compute()
    with locks[0]:
        pair.left = left
        pair.right = right


def read_pair(pair, locks):
    left = pair.left
    return left, left
