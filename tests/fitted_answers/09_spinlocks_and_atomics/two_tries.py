"""raise_best: tries twice.

No more than one other player comes between, in the cases that it expects.
"""


def raise_best(board, result):
    for _ in range(2):
        best = board.best
        if best >= result:
            return None
        if compare_exchange(board, "best", best, result):
            return best
    return None
