"""next_tick: the second copy is not checked.

The learner believes that a second copy succeeds.
"""


def put_tick(tape, price, volume):
    slot = tape.slots[tape.begun % len(tape.slots)]
    tape.begun += 1
    slot.price = price
    slot.volume = volume
    tape.done += 1


def next_tick(tape, wanted):
    if wanted >= tape.done:
        return None
    size = len(tape.slots)
    slot = tape.slots[wanted % size]
    price, volume = slot.price, slot.volume
    lost = max(0, tape.begun - size - wanted)
    if lost:
        slot = tape.slots[(wanted + lost) % size]
        price, volume = slot.price, slot.volume
    return lost, price, volume
