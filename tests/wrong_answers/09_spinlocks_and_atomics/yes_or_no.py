"""raise_best: neither a number nor None.

The learner believes that True and False say enough.
"""


def raise_best(board, result):
    while True:
        best = board.best
        if best >= result:
            return False
        if compare_exchange(board, "best", best, result):
            return True
        pause()
