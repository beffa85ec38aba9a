"""move: nobody expects a death.

The learner takes the lock as any other.
"""


def enter(stock, note, lock):
    lock.acquire()


def move(stock, note, lock, source, target, amount):
    enter(stock, note, lock)
    note.source, note.target = source, target
    note.source_had, note.target_had = stock[source], stock[target]
    note.open = 1
    stock[source] -= amount
    stock[target] += amount
    note.open = 0
    lock.release()
