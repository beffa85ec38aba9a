"""post: says that it sleeps after it has looked.

The learner believes that one says so only when it is so.
"""


def post(box, ring, full_fence):
    box.posted += 1
    full_fence()
    if box.sleeping:
        ring()


def take(box, sleep, full_fence):
    while box.posted == box.taken:
        box.sleeping = 1
        full_fence()
        sleep()
        box.sleeping = 0
    box.taken += 1
