"""post: every ring is believed.

The learner believes that a ring says that there is a job.
"""


def post(box, ring, full_fence):
    box.posted += 1
    full_fence()
    if box.sleeping:
        ring()


def take(box, sleep, full_fence):
    box.sleeping = 1
    full_fence()
    if box.posted == box.taken:
        sleep()
    box.sleeping = 0
    box.taken += 1
