"""submit: the screen's old frame comes back.

The learner believes that what is in the middle is always the newest frame.
"""


def submit(video):
    video.back = exchange(video, "middle", video.back + FRESH) % FRESH


def latest(video):
    old = exchange(video, "middle", video.front)
    video.front = old % FRESH
    return old >= FRESH
