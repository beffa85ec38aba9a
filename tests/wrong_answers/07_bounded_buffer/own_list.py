"""put: a list of each process's own.

The learner believes that a list in the notebook is there for both processes.
"""

queue = []


def start_counts(size):
    return [size, 0]


def put(buffer, item, locks, units):
    units[0].acquire()
    with locks[0]:
        queue.append(item)
    units[1].release()


def get(buffer, locks, units):
    units[1].acquire()
    with locks[0]:
        item = queue.pop(0)
    units[0].release()
    return item
