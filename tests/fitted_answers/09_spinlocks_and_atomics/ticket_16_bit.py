"""ticket_lock: that there are 65,536 customers at most."""


def take_turn(desk):
    mine = fetch_add(desk, "next", 1)
    while desk.serving != mine:
        pause()
    return mine


def leave(desk):
    desk.serving = (desk.serving + 1) & 0xFFFF
