"""next_tick: one tick too few is kept.

The learner counts the slot that is being written among those that are safe.
"""


def put_tick(tape, price, volume):
    slot = tape.slots[tape.begun % len(tape.slots)]
    tape.begun += 1
    slot.price = price
    slot.volume = volume
    tape.done += 1


def next_tick(tape, wanted):
    size = len(tape.slots)
    if tape.done <= wanted:
        return None
    number = wanted
    while True:
        slot = tape.slots[number % size]
        price, volume = slot.price, slot.volume
        oldest = tape.begun - size + 1
        if oldest <= number:
            return number - wanted, price, volume
        number = oldest
