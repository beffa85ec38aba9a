"""critical: locked against the neighbours.

The learner has the philosophers in mind, who need only the forks beside them.
"""


def critical(locks, rank, prepare, body):
    prepare()
    left, right = sorted((rank, (rank + 1) % len(locks)))
    with locks[left], locks[right]:
        body()
