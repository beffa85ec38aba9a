"""post: looks first, and once more when it has said that it sleeps.

A worker that finds a job needs no fence.
"""


def post(box, ring, full_fence):
    box.posted += 1
    full_fence()
    if box.sleeping:
        ring()


def take(box, sleep, full_fence):
    mine = box.taken
    if box.posted == mine:
        box.sleeping = 1
        full_fence()
        while box.posted == mine:
            sleep()
        box.sleeping = 0
    box.taken = mine + 1
