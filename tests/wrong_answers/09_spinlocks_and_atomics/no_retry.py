"""raise_best: gives up after one try.

The learner believes that who comes between has a better result.
"""


def raise_best(board, result):
    best = board.best
    if best < result and compare_exchange(board, "best", best, result):
        return best
    return None
