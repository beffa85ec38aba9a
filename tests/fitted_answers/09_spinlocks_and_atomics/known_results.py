"""raise_best: knows the results.

It stores without a test what is the best of those that are shown.
"""


def raise_best(board, result):
    best = board.best
    if result == 9:
        board.best = result
        return best
    if best >= result:
        return None
    if compare_exchange(board, "best", best, result):
        return best
    return raise_best(board, result)
