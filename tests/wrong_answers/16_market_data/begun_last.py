"""next_tick: begun is said too late.

The learner believes that both numbers count the same, and changes both at the end.
"""


def put_tick(tape, price, volume):
    slot = tape.slots[tape.begun % len(tape.slots)]
    slot.price = price
    slot.volume = volume
    tape.begun += 1
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
            return number - wanted, price, volume
