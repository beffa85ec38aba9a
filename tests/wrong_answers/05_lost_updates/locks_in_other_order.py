"""write_pair: the locks in another order.

The learner takes both locks to be safe, and believes that their order does not matter.
"""


def write_pair(pair, locks, compute):
    left, right = compute()
    with locks[0], locks[1]:
        pair.left = left
        pair.right = right


def read_pair(pair, locks):
    with locks[1], locks[0]:
        return pair.left, pair.right
