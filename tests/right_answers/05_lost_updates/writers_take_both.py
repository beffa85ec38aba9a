"""write_pair: writers hold both locks, in one order, and a reader only the second, which is enough."""


def write_pair(pair, locks, compute):
    left, right = compute()
    with locks[0], locks[1]:
        pair.left = left
        pair.right = right


def read_pair(pair, locks):
    with locks[1]:
        left = pair.left
        right = pair.right
    return left, right
