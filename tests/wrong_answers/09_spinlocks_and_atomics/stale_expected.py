"""raise_best: expects what it saw first.

The learner believes that compare_exchange succeeds at last if it is tried often enough.
"""


def raise_best(board, result):
    best = board.best
    if best >= result:
        return None
    while not compare_exchange(board, "best", best, result):
        pause()
    return best
