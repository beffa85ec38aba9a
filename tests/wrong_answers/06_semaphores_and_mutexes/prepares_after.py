"""critical: prepared after the body.

The learner believes that the order does not matter.
"""


def critical(locks, rank, prepare, body):
    with locks[0]:
        body()
    prepare()
