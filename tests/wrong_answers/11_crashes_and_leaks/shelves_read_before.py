"""move: the shelves are read outside of the lock.

The learner looks first, and then waits.
"""


def enter(stock, note, lock):
    try:
        lock.acquire()
    except OwnerDied:
        if note.open:
            stock[note.source] = note.source_had
            stock[note.target] = note.target_had
            note.open = 0
        lock.consistent()


def move(stock, note, lock, source, target, amount):
    had = stock[source], stock[target]
    enter(stock, note, lock)
    note.source, note.target = source, target
    note.source_had, note.target_had = had
    note.open = 1
    stock[source] = had[0] - amount
    stock[target] = had[1] + amount
    note.open = 0
    lock.release()
