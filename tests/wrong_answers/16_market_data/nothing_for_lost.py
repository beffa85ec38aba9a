"""next_tick: a lost tick is no tick.

The learner says of a tick that is gone that it is not there.
"""


def put_tick(tape, price, volume):
    slot = tape.slots[tape.begun % len(tape.slots)]
    tape.begun += 1
    slot.price = price
    slot.volume = volume
    tape.done += 1


def next_tick(tape, wanted):
    if tape.done <= wanted:
        return None
    slot = tape.slots[wanted % len(tape.slots)]
    price, volume = slot.price, slot.volume
    if tape.begun - wanted > len(tape.slots):
        return None
    return 0, price, volume
