"""write_pair: both locks, hand over hand, in one order for all."""


def write_pair(pair, locks, compute):
    left, right = compute()
    locks[0].acquire()
    pair.left = left
    locks[1].acquire()
    locks[0].release()
    pair.right = right
    locks[1].release()


def read_pair(pair, locks):
    locks[0].acquire()
    left = pair.left
    locks[1].acquire()
    locks[0].release()
    right = pair.right
    locks[1].release()
    return left, right
