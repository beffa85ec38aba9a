"""submit: one try, and the frame is dropped.

The learner compares and exchanges once, and drops the frame if the screen came between.
"""


def submit(video):
    old = video.middle
    if compare_exchange(video, "middle", old, video.back + FRESH):
        video.back = old % FRESH


def latest(video):
    if video.middle < FRESH:
        return False
    video.front = exchange(video, "middle", video.front) % FRESH
    return True
