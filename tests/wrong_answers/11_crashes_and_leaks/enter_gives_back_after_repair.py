"""move: given back when it is repaired.

The learner thinks of a repair as something with a beginning and an end.
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
        lock.release()


def move(stock, note, lock, source, target, amount):
    enter(stock, note, lock)
    note.source, note.target = source, target
    note.source_had, note.target_had = stock[source], stock[target]
    note.open = 1
    stock[source] -= amount
    stock[target] += amount
    note.open = 0
    lock.release()
