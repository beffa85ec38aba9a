"""post: only who posts has a fence.

The learner believes that one fence makes the order for both.
"""


def post(box, ring, full_fence):
    box.posted += 1
    full_fence()
    if box.sleeping:
        ring()


def take(box, sleep, full_fence):
    box.sleeping = 1
    while box.posted == box.taken:
        sleep()
    box.sleeping = 0
    box.taken += 1
