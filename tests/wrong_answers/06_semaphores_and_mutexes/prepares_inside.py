"""critical: prepared inside.

The learner believes that more under the lock is safer.
"""


def critical(locks, rank, prepare, body):
    with locks[0]:
        prepare()
        body()
