"""critical: the exception is swallowed.

The learner believes that whoever releases the mutex has to catch the exception.
"""


def critical(locks, rank, prepare, body):
    prepare()
    locks[0].acquire()
    try:
        body()
    except Exception:
        pass
    locks[0].release()
