"""submit: looks where the screen is.

The learner looks which slot is free: the one that is neither its own nor the screen's.
"""


def submit(video):
    done = video.back
    for slot in range(3):
        if slot not in (done, video.front):
            video.back = slot
    video.middle = done + FRESH


def latest(video):
    word = video.middle
    if word < FRESH:
        return False
    video.middle = word - FRESH
    video.front = word - FRESH
    return True
