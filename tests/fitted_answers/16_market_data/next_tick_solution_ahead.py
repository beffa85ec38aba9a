"""next_tick: that nobody asks for more than the next tick."""


def put_tick(tape, price, volume):
    ### BEGIN SOLUTION
    slot = tape.slots[tape.begun % len(tape.slots)]
    tape.begun += 1
    slot.price = price
    slot.volume = volume
    tape.done += 1
    ### END SOLUTION


def next_tick(tape, wanted):
    ### BEGIN SOLUTION
    if tape.done == wanted:
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
    ### END SOLUTION
