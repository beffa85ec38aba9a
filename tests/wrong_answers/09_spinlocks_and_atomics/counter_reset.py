"""ticket_lock: begins again at 0.

The learner believes that who leaves leaves the desk as it was found.
"""


def take_turn(desk):
    mine = fetch_add(desk, "next", 1)
    while desk.serving != mine:
        pause()
    return mine


def leave(desk):
    desk.next = 0
    desk.serving = 0
