"""rendezvous: a part is done twice.

The learner wants to be sure that the first part is done when the other has arrived.
"""


def start_counts():
    return [0, 0]


def rendezvous(rank, arrived, first, second):
    first()
    arrived[rank].release()
    first()
    arrived[1 - rank].acquire()
    second()
