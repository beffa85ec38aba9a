"""submit: FRESH is taken for a part of the slot.

The learner forgets that what comes back carries the mark.
"""


def submit(video):
    video.back = exchange(video, "middle", video.back + FRESH) % FRESH


def latest(video):
    if video.middle < FRESH:
        return False
    video.front = exchange(video, "middle", video.front)
    return True
