"""post: more fences than needed.

The learner believes that more fences are safer.
"""


def post(box, ring, full_fence):
    full_fence()
    box.posted += 1
    full_fence()
    if box.sleeping:
        ring()


def take(box, sleep, full_fence):
    box.sleeping = 1
    full_fence()
    while box.posted == box.taken:
        sleep()
    box.sleeping = 0
    full_fence()
    box.taken += 1
    full_fence()
