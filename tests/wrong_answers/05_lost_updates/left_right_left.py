"""write_pair: looked at until it fits.

The learner believes that a left half that is what it was has not changed.
"""


def write_pair(pair, locks, compute):
    left, right = compute()
    with locks[0]:
        pair.left = 0
        pair.right = right
        pair.left = left


def read_pair(pair, locks):
    while True:
        left = pair.left
        right = pair.right
        if pair.left == left and (left != 0 or right == 0):
            return left, right
