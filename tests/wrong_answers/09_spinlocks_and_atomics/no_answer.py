"""raise_best: neither True nor False.

The learner believes that what happens to the board is answer enough.
"""


def raise_best(board, result):
    while True:
        best = board.best
        if best >= result or compare_exchange(board, "best", best, result):
            return
        pause()
