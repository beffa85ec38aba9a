"""next_tick: the last of some tries is taken as it is.

The learner thinks that three tries are enough.
"""


def put_tick(tape, price, volume):
    n = tape.begun
    tape.begun = n + 1
    slot = tape.slots[n % len(tape.slots)]
    slot.price = price
    slot.volume = volume
    tape.done = n + 1


def next_tick(tape, wanted):
    size = len(tape.slots)
    lost = 0
    for _ in range(3):
        done = tape.done
        if wanted >= done:
            return None
        number = max(wanted, done - size + 1) if lost else wanted
        slot = tape.slots[number % size]
        price, volume = slot.price, slot.volume
        if tape.begun - size <= number:
            break
        lost = 1
    return number - wanted, price, volume
