"""raise_best: a worse result is written.

The learner believes that compare_exchange compares which one is greater.
"""


def raise_best(board, result):
    while True:
        best = board.best
        if compare_exchange(board, "best", best, result):
            return best
        pause()
