"""critical: a mutex for each process.

The learner believes that holding a mutex is what protects, whichever it is.
"""


def critical(locks, rank, prepare, body):
    prepare()
    with locks[rank]:
        body()
