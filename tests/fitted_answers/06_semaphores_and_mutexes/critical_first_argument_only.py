"""critical: that exceptions have one argument."""


def critical(locks, rank, prepare, body):
    prepare()
    locks[0].acquire()
    try:
        body()
    except Exception as error:
        locks[0].release()
        raise type(error)(error.args[0]) from None
    locks[0].release()
