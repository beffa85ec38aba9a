"""move: consistent without repair.

The learner writes the note, and believes that consistent() repairs.
"""


def enter(stock, note, lock):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()


def move(stock, note, lock, source, target, amount):
    enter(stock, note, lock)
    note.source, note.target = source, target
    note.source_had, note.target_had = stock[source], stock[target]
    note.open = 1
    stock[source] -= amount
    stock[target] += amount
    note.open = 0
    lock.release()
