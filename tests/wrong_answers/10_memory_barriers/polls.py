"""post: looks again and again.

The learner believes that sleep and ring are for the lazy.
"""


def post(box, ring, full_fence):
    box.posted += 1


def take(box, sleep, full_fence):
    while box.posted == box.taken:
        pause()
    box.taken += 1
