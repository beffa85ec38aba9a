"""write_pair: released between the halves.

The learner believes that the right lock at each access is all that is needed.
"""


def write_pair(pair, locks, compute):
    left, right = compute()
    with locks[0]:
        pair.left = left
        pair.right = right


def read_pair(pair, locks):
    with locks[0]:
        left = pair.left
    with locks[0]:
        right = pair.right
    return left, right
