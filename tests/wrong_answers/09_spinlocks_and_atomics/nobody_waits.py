"""ticket_lock: nobody waits.

The learner believes that a number is all it takes.
"""


def take_turn(desk):
    return fetch_add(desk, "next", 1)


def leave(desk):
    desk.serving += 1
