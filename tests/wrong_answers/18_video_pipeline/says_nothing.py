"""submit: it does not say whether the frame is new.

The learner believes that the right slot is all that is wanted.
"""


def submit(video):
    video.back = exchange(video, "middle", video.back + FRESH) % FRESH


def latest(video):
    if video.middle >= FRESH:
        video.front = exchange(video, "middle", video.front) % FRESH
    return True
