"""next_tick: behind the last slot.

The learner believes that tick number n is in slot n.
"""


def put_tick(tape, price, volume):
    slot = tape.slots[tape.begun]
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
            return number - wanted, price, volume
