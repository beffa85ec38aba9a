"""write_pair: the reader copies the whole pair under the lock."""


def write_pair(pair, locks, compute):
    left, right = compute()
    with locks[0]:
        pair.left = left
        pair.right = right


def read_pair(pair, locks):
    with locks[0]:
        copy = Pair.from_buffer_copy(bytes(pair))
    return [copy.left, copy.right]
