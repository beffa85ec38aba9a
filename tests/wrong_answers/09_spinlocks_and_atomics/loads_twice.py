"""raise_best: compares with whatever is there.

The learner believes that compare_exchange wants the present value, loaded as late as possible.
"""


def raise_best(board, result):
    best = board.best
    if best >= result:
        return None
    while not compare_exchange(board, "best", board.best, result):
        pause()
    return best
