"""post: no fence at all.

The learner believes that whoever looks sees what the other one has stored.
"""


def post(box, ring, full_fence):
    box.posted += 1
    if box.sleeping:
        ring()


def take(box, sleep, full_fence):
    box.sleeping = 1
    while box.posted == box.taken:
        sleep()
    box.sleeping = 0
    box.taken += 1
