"""critical: more than half of the mutexes, in ascending order."""

from contextlib import ExitStack


def critical(locks, rank, prepare, body):
    prepare()
    count = len(locks)
    mine = sorted((rank + step) % count for step in range(count // 2 + 1))
    with ExitStack() as held:
        for number in mine:
            held.enter_context(locks[number])
        body()
