"""post: fences after the looks.

The learner believes that a fence makes sure of what was looked at.
"""


def post(box, ring, full_fence):
    box.posted += 1
    asleep = box.sleeping
    full_fence()
    if asleep:
        ring()


def take(box, sleep, full_fence):
    box.sleeping = 1
    while box.posted == box.taken:
        full_fence()
        sleep()
    box.sleeping = 0
    box.taken += 1
