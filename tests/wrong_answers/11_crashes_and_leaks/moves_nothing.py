"""move: nothing is moved.

The learner has written enter, and wants to see what the check says.
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
    pass
