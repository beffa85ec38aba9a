"""next_tick: the gap is not noticed.

The learner believes that what is in the slot is the tick that was wanted.
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
    return 0, slot.price, slot.volume
