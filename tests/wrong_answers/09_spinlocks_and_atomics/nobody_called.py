"""ticket_lock: nobody is called.

The learner believes that the next one sees by itself that the desk is free.
"""


def take_turn(desk):
    mine = fetch_add(desk, "next", 1)
    while desk.serving != mine:
        pause()
    return mine


def leave(desk):
    pass
