"""post: posted after the look.

The learner wants to know whom to wake before there is something to do.
"""


def post(box, ring, full_fence):
    asleep = box.sleeping
    box.posted += 1
    full_fence()
    if asleep:
        ring()


def take(box, sleep, full_fence):
    box.sleeping = 1
    full_fence()
    while box.posted == box.taken:
        sleep()
    box.sleeping = 0
    box.taken += 1
