"""write_pair: another lock for the reader.

The learner believes that one lock is for writing and one for reading.
"""


def write_pair(pair, locks, compute):
    left, right = compute()
    with locks[0]:
        pair.left = left
        pair.right = right


def read_pair(pair, locks):
    with locks[1]:
        return pair.left, pair.right
