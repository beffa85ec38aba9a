"""barrier: one phase a round, two doors by turns; a door is used again when all went through the other."""


def door_counts():
    return [0] * 2


def wait_for_all(room, lock, doors, parties):
    with lock:
        before = room.count
        room.count = before + 1
    turn, place = divmod(before, parties)
    door = doors[turn % 2]
    if place < parties - 1:
        door.acquire()
        return
    for _ in range(parties - 1):
        door.release()
