"""next_tick: done alone.

The slot that comes next counts as lost already, so that nobody needs to know what has begun.
"""


def put_tick(tape, price, volume):
    slot = tape.slots[tape.done % len(tape.slots)]
    slot.volume = volume
    slot.price = price
    tape.done += 1


def next_tick(tape, wanted):
    number = wanted
    while True:
        done = tape.done
        if done == wanted:
            return None
        number = max(number, done - len(tape.slots) + 1)
        got = tape.slots[number % len(tape.slots)].price, tape.slots[number % len(tape.slots)].volume
        if tape.done - number < len(tape.slots):
            return [number - wanted, *got]
