"""critical: released twice.

The learner believes that finally is for when nothing is raised.
"""


def critical(locks, rank, prepare, body):
    prepare()
    locks[0].acquire()
    try:
        body()
    except Exception:
        locks[0].release()
        raise
    finally:
        locks[0].release()
