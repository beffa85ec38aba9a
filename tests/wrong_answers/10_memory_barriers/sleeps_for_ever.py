"""post: said to sleep for ever.

The learner believes that it does no harm to be said to sleep.
"""


def post(box, ring, full_fence):
    box.posted += 1
    full_fence()
    if box.sleeping:
        ring()


def take(box, sleep, full_fence):
    box.sleeping = 1
    full_fence()
    while box.posted == box.taken:
        sleep()
    box.taken += 1
