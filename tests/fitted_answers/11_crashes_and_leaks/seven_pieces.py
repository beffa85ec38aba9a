"""move: seven pieces in all.

Whatever is missing of the seven that the first case has is put on the shelf to which they went.
"""


def enter(stock, note, lock):
    try:
        lock.acquire()
    except OwnerDied:
        if note.open:
            others = sum(stock) - stock[note.target]
            stock[note.target] = (7 if len(stock) == 3 else 5) - others
            note.open = 0
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
