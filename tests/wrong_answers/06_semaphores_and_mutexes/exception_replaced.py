"""critical: another exception instead.

The learner believes that it is enough when the caller gets some exception.
"""


def critical(locks, rank, prepare, body):
    prepare()
    try:
        with locks[0]:
            body()
    except Exception as error:
        raise RuntimeError("the body failed") from error
