"""next_tick: that only the first tick has the price 0.

A slot with the price 0 is one that nobody has filled yet.
"""


def put_tick(tape, price, volume):
    slot = tape.slots[tape.begun % len(tape.slots)]
    tape.begun += 1
    slot.price = 0
    slot.volume = volume
    slot.price = price
    tape.done += 1


def next_tick(tape, wanted):
    if tape.done <= wanted:
        return None
    number = max(wanted, tape.done - len(tape.slots))
    while True:
        slot = tape.slots[number % len(tape.slots)]
        price, volume = slot.price, slot.volume
        if number == 0 or price != 0:
            return number - wanted, price, volume
        number += 1
