"""rendezvous: starts at one.

The learner believes that a semaphore starts at one, as a lock does.
"""


def start_counts():
    return [1, 1]


def rendezvous(rank, arrived, first, second):
    first()
    arrived[rank].release()
    arrived[1 - rank].acquire()
    second()
