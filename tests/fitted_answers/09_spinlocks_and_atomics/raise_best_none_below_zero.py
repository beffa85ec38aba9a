"""raise_best: that no result is below 0."""


def raise_best(board, result):
    best = board.best
    while max(best, 0) < result:
        if compare_exchange(board, "best", best, result):
            return best
        best = board.best
        pause()
    return None
