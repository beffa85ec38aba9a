"""next_tick: whole laps are skipped.

The learner stays at the slot, and adds a lap until the number fits.
"""


def put_tick(tape, price, volume):
    slot = tape.slots[tape.begun % len(tape.slots)]
    tape.begun += 1
    slot.price = price
    slot.volume = volume
    tape.done += 1


def next_tick(tape, wanted):
    size = len(tape.slots)
    if tape.done <= wanted:
        return None
    lost = 0
    while True:
        slot = tape.slots[wanted % size]
        price, volume = slot.price, slot.volume
        if tape.begun <= wanted + lost + size:
            return lost, price, volume
        lost += size
