"""critical: not the same mutex for all.

The learner believes that a mutex is for two, and gives each pair of neighbours one.
"""


def critical(locks, rank, prepare, body):
    prepare()
    with locks[rank // 2]:
        body()
