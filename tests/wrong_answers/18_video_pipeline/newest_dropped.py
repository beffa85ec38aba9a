"""submit: the old frame is kept, and the new one dropped.

The learner believes that a full buffer takes nothing more.
"""


def submit(video):
    if video.middle >= FRESH:
        return
    video.back = exchange(video, "middle", video.back + FRESH) % FRESH


def latest(video):
    if video.middle < FRESH:
        return False
    video.front = exchange(video, "middle", video.front) % FRESH
    return True
