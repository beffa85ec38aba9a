"""write_pair: computed inside the lock.

The learner believes that everything a writer does belongs into the critical section.
"""


def write_pair(pair, locks, compute):
    with locks[0]:
        left, right = compute()
        pair.left = left
        pair.right = right


def read_pair(pair, locks):
    with locks[0]:
        return pair.left, pair.right
