"""ticket_lock: the same number is called again.

The learner believes that the desk calls the number that has just been served.
"""


def take_turn(desk):
    mine = fetch_add(desk, "next", 1)
    while desk.serving != mine:
        pause()
    return mine


def leave(desk):
    number = desk.serving
    desk.serving = number
