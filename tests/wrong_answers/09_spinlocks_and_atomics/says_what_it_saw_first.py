"""raise_best: says so only.

The learner believes that nobody has written since the first look.
"""


def raise_best(board, result):
    first = board.best
    while True:
        best = board.best
        if best >= result:
            return None if first >= result else first
        if compare_exchange(board, "best", best, result):
            return first
        pause()
