"""ticket_lock: drawn when it is free.

The learner believes that a number is needed only when nobody is served.
"""


def take_turn(desk):
    while True:
        number = desk.serving
        if compare_exchange(desk, "next", number, number + 1):
            return number
        pause()


def leave(desk):
    desk.serving += 1
