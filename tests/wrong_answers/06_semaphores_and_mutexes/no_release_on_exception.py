"""critical: not released when the body fails.

The learner believes that the line after the body is always reached.
"""


def critical(locks, rank, prepare, body):
    prepare()
    locks[0].acquire()
    body()
    locks[0].release()
