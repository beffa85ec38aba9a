"""enter: that there is an atomic operation."""


def enter(door, rank):
    ticket = fetch_add(door.wants, 0, 1)
    while door.wants[1] != ticket:
        pause()


def leave(door, rank):
    store_release(door.wants, 1, door.wants[1] + 1)
