"""raise_best: says so only.

The learner believes that True means that the call has done its work.
"""


def raise_best(board, result):
    while True:
        best = board.best
        if best >= result or compare_exchange(board, "best", best, result):
            return True
        pause()
