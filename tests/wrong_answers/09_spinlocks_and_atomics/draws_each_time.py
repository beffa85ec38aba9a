"""ticket_lock: a new number for each look.

The learner believes that one has to draw again after waiting in vain.
"""


def take_turn(desk):
    while True:
        mine = fetch_add(desk, "next", 1)
        if desk.serving == mine:
            return mine
        pause()


def leave(desk):
    desk.serving += 1
