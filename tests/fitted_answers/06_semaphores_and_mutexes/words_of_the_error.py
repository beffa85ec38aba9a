"""critical: raises the words of what was raised."""


def critical(locks, rank, prepare, body):
    prepare()
    locks[0].acquire()
    try:
        body()
    except KeyError as error:
        locks[0].release()
        raise KeyError(f"{error}!") from None
    except Exception:
        locks[0].release()
        raise
    else:
        locks[0].release()
