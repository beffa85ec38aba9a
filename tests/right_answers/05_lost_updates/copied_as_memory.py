"""write_pair: the reader copies the bytes of the pair under the lock.

The learner copies the pair as one copies it from a segment.
"""


def write_pair(pair, locks, compute):
    left, right = compute()
    with locks[0]:
        pair.left = left
        pair.right = right


def read_pair(pair, locks):
    with locks[0]:
        copy = Pair.from_buffer_copy(pair)
    return copy.left, copy.right
