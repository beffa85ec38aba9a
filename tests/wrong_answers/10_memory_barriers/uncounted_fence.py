"""post: a fence that nobody counts.

The fence is where it belongs, and it is the imported one, not the one that was given."""


def post(box, ring, full_fence):
    box.posted += 1
    fence()
    if box.sleeping:
        ring()


def take(box, sleep, full_fence):
    box.sleeping = 1
    full_fence()
    while box.posted == box.taken:
        sleep()
    box.sleeping = 0
    box.taken += 1
