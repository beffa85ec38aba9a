"""next_tick: done is said too early.

The learner counts the tick first, and fills its slot then.
"""


def put_tick(tape, price, volume):
    slot = tape.slots[tape.begun % len(tape.slots)]
    tape.begun += 1
    tape.done += 1
    slot.price = price
    slot.volume = volume


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
            return number - wanted, price, volume
