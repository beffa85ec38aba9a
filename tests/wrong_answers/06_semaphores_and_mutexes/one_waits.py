"""rendezvous: only one of them waits.

The learner believes that it is enough when the second waits for the first.
"""


def start_counts():
    return [0, 0]


def rendezvous(rank, arrived, first, second):
    first()
    if rank == 0:
        arrived[0].release()
    else:
        arrived[0].acquire()
    second()
