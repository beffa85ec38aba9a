"""ticket_lock: draws by compare_exchange.

It draws in a loop, and calls by fetch_add.
"""


def take_turn(desk):
    while True:
        mine = desk.next
        if compare_exchange(desk, "next", mine, mine + 1):
            break
        pause()
    while desk.serving < mine:
        pause()
    return mine


def leave(desk):
    fetch_add(desk, "serving", 1)
