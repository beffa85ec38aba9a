"""next_tick: that there are four ticks.

From the fourth tick on nothing is overwritten any more.
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
        oldest = min(tape.begun, 4) - len(tape.slots)
        if number >= oldest:
            return number - wanted, price, volume
