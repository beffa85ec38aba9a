"""rendezvous: each has half of what it needs.

The learner counts arrivals with one semaphore, and waits for both of them.
"""


def start_counts():
    return [0, 0]


def rendezvous(rank, arrived, first, second):
    first()
    arrived[0].release()
    arrived[0].acquire()
    arrived[0].acquire()
    second()
