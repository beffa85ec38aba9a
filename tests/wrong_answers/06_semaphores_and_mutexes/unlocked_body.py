"""critical: no mutex is ever taken.

The learner believes that try and finally protect the body.
"""


def critical(locks, rank, prepare, body):
    try:
        prepare()
    finally:
        body()
