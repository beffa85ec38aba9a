"""move: a shelf for a flag.

The learner takes the number of the shelf for the sign that the note counts.
"""


def enter(stock, note, lock):
    try:
        lock.acquire()
    except OwnerDied:
        if note.source:
            stock[note.source] = note.source_had
            stock[note.target] = note.target_had
            note.source = 0
        lock.consistent()


def move(stock, note, lock, source, target, amount):
    enter(stock, note, lock)
    note.target = target
    note.source_had, note.target_had = stock[source], stock[target]
    note.source = source
    stock[source] -= amount
    stock[target] += amount
    note.source = 0
    lock.release()
