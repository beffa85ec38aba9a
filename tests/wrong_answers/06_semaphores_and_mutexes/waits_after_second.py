"""rendezvous: waits when it is too late.

The learner believes that it is enough to have waited in the end.
"""


def start_counts():
    return [0, 0]


def rendezvous(rank, arrived, first, second):
    first()
    arrived[rank].release()
    second()
    arrived[1 - rank].acquire()
