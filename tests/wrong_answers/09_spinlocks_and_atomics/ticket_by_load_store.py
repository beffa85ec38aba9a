"""ticket_lock: two draw the same number.

The learner believes that drawing a number is one step.
"""


def take_turn(desk):
    mine = desk.next
    desk.next = mine + 1
    while desk.serving != mine:
        pause()
    return mine


def leave(desk):
    desk.serving += 1
