"""next_tick: checked before the copy only.

The learner makes sure that the tick is there, and copies it then.
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
    number = max(wanted, tape.begun - len(tape.slots))
    slot = tape.slots[number % len(tape.slots)]
    return number - wanted, slot.price, slot.volume
