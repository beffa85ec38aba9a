"""next_tick: waits for a tick.

The learner believes that the next tick will come.
"""


def put_tick(tape, price, volume):
    slot = tape.slots[tape.begun % len(tape.slots)]
    tape.begun += 1
    slot.price = price
    slot.volume = volume
    tape.done += 1


def next_tick(tape, wanted):
    while tape.done <= wanted:
        pause()
    number = wanted
    oldest = tape.begun - len(tape.slots)
    while True:
        number = max(number, oldest)
        slot = tape.slots[number % len(tape.slots)]
        price, volume = slot.price, slot.volume
        oldest = tape.begun - len(tape.slots)
        if number >= oldest:
            return number - wanted, price, volume
