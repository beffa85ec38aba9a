"""next_tick: one tick after the other is given up.

Whoever finds a tick gone tries the next one.
"""


def put_tick(tape, price, volume):
    number = tape.done
    tape.begun = number + 1
    place = number % len(tape.slots)
    tape.slots[place].price, tape.slots[place].volume = price, volume
    tape.done = number + 1


def next_tick(tape, wanted):
    if not tape.done > wanted:
        return None
    lost = 0
    while True:
        slot = tape.slots[(wanted + lost) % len(tape.slots)]
        price, volume = slot.price, slot.volume
        if tape.begun <= wanted + lost + len(tape.slots):
            return lost, price, volume
        lost += 1
