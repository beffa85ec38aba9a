"""move: repaired by adding.

The learner notes how many, and takes the move back by moving as many the other way.
"""


def enter(stock, note, lock):
    try:
        lock.acquire()
    except OwnerDied:
        if note.open:
            stock[note.source] += note.source_had
            stock[note.target] -= note.source_had
            note.open = 0
        lock.consistent()


def move(stock, note, lock, source, target, amount):
    enter(stock, note, lock)
    note.source, note.target = source, target
    note.source_had = amount
    note.open = 1
    stock[source] -= amount
    stock[target] += amount
    note.open = 0
    lock.release()
