"""critical: no with and no finally; the exception is kept, the mutex released, the same one raised."""


def critical(locks, rank, prepare, body):
    prepare()
    error = None
    lock = locks[len(locks) - 1]
    lock.acquire()
    try:
        body()
    except BaseException as problem:
        error = problem
    lock.release()
    if error is not None:
        raise error
