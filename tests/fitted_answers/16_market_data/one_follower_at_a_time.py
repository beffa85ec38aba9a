"""next_tick: that there is one follower.

The place of the call lies in the tape.
"""


def put_tick(tape, price, volume):
    tape.begun += 1
    slot = tape.slots[tape.done % len(tape.slots)]
    slot.price, slot.volume = price, volume
    tape.done += 1


def next_tick(tape, wanted):
    size = len(tape.slots)
    if tape.done <= wanted:
        return None
    tape.read = wanted
    while True:
        tape.read = max(tape.read, tape.begun - size)
        slot = tape.slots[tape.read % size]
        price, volume = slot.price, slot.volume
        if tape.read >= tape.begun - size:
            return tape.read - wanted, price, volume
