"""next_tick: all but the newest is skipped.

The learner believes that whoever was too slow wants the newest tick.
"""


def put_tick(tape, price, volume):
    slot = tape.slots[tape.begun % len(tape.slots)]
    tape.begun += 1
    slot.price = price
    slot.volume = volume
    tape.done += 1


def next_tick(tape, wanted):
    while True:
        done = tape.done
        if done == wanted:
            return None
        number = wanted if tape.begun - wanted <= len(tape.slots) else done - 1
        slot = tape.slots[number % len(tape.slots)]
        price, volume = slot.price, slot.volume
        if tape.begun - number <= len(tape.slots):
            return number - wanted, price, volume
