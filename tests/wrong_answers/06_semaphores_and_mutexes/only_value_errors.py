"""critical: released after one kind of exception.

The learner has seen one exception, and believes that it is the only one.
"""


def critical(locks, rank, prepare, body):
    prepare()
    locks[0].acquire()
    try:
        body()
    except ValueError:
        locks[0].release()
        raise
    locks[0].release()
