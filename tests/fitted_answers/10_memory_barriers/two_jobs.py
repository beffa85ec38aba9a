"""post: how many jobs there are.

It rings for the first jobs, and looks after that.
"""


def post(box, ring, full_fence):
    box.posted += 1
    if box.posted > 2:
        return
    full_fence()
    if box.sleeping:
        ring()


def take(box, sleep, full_fence):
    box.sleeping = 1
    full_fence()
    while box.posted == box.taken:
        sleep()
    box.sleeping = 0
    box.taken += 1
