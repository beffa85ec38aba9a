"""post: rings whether anybody sleeps or not.

The learner believes that a ring too many does no harm.
"""


def post(box, ring, full_fence):
    box.posted += 1
    ring()


def take(box, sleep, full_fence):
    while box.posted == box.taken:
        sleep()
    box.taken += 1
