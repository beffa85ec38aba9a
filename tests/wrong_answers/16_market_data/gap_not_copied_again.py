"""next_tick: the copy is not made again.

The learner notices after the copy what is lost, and returns the copy.
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
    price, volume = slot.price, slot.volume
    number = max(number, tape.begun - len(tape.slots))
    return number - wanted, price, volume
