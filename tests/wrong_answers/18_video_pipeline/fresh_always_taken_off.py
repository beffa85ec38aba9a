"""submit: FRESH is taken off where it is not.

The learner believes that what comes back is always new.
"""


def submit(video):
    video.back = exchange(video, "middle", video.back + FRESH) - FRESH


def latest(video):
    if video.middle < FRESH:
        return False
    video.front = exchange(video, "middle", video.front) % FRESH
    return True
