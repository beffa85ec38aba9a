"""post: only the worker has a fence.

The learner believes that the one who sleeps has to be careful.
"""


def post(box, ring, full_fence):
    box.posted += 1
    if box.sleeping:
        ring()


def take(box, sleep, full_fence):
    box.sleeping = 1
    full_fence()
    while box.posted == box.taken:
        sleep()
    box.sleeping = 0
    box.taken += 1
