"""write_pair: the halves are swapped.

A slip of the finger that pairs which mirror each other would hide.
"""


def write_pair(pair, locks, compute):
    right, left = compute()
    with locks[0]:
        pair.left = left
        pair.right = right


def read_pair(pair, locks):
    with locks[0]:
        return pair.left, pair.right
