"""next_tick: the gap is counted with both its ends.

The learner counts the ticks from the one that was wanted to the one that came.
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
    number = wanted
    oldest = tape.begun - len(tape.slots)
    while True:
        number = max(number, oldest)
        slot = tape.slots[number % len(tape.slots)]
        price, volume = slot.price, slot.volume
        oldest = tape.begun - len(tape.slots)
        if number >= oldest:
            return (number - wanted + 1 if number > wanted else 0), price, volume
