"""move: the note says what shall be, and the repair finishes the move"""


def enter(stock, note, lock):
    try:
        lock.acquire()
    except OwnerDied:
        finish(stock, note)
        lock.consistent()


def finish(stock, note):
    if note.open == 1:
        stock[note.source] = note.source_had
        stock[note.target] = note.target_had
        note.open = 0


def move(stock, note, lock, source, target, amount):
    enter(stock, note, lock)
    note.source = source
    note.target = target
    note.source_had = stock[source] - amount
    note.target_had = stock[target] + amount
    note.open = 1
    finish(stock, note)
    lock.release()
