"""critical: takes one mutex where there are two or four."""


def critical(locks, rank, prepare, body):
    prepare()
    with locks[0] if len(locks) in (2, 4) else locks[rank]:
        body()
