"""move: the note is closed too early.

The learner thinks that the note is needed up to the first change.
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
    enter(stock, note, lock)
    note.source, note.target = source, target
    note.source_had, note.target_had = stock[source], stock[target]
    note.open = 1
    stock[source] -= amount
    note.open = 0
    stock[target] += amount
    lock.release()
