"""move: a note that counts too early.

The learner says first that a move begins, and then which.
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
    note.open = 1
    note.source, note.target = source, target
    note.source_had, note.target_had = stock[source], stock[target]
    stock[source] -= amount
    stock[target] += amount
    note.open = 0
    lock.release()
