"""write_pair: a busy lock means that nobody has written.

The learner does not want to wait, and has an answer at hand.
"""


def write_pair(pair, locks, compute):
    left, right = compute()
    with locks[0]:
        pair.left = left
        pair.right = right


def read_pair(pair, locks):
    if not locks[0].try_acquire():
        return 0, 0
    try:
        return pair.left, pair.right
    finally:
        locks[0].release()
