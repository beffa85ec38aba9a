"""submit: only looked at, and not taken.

The learner lets the screen read the newest slot where it is, without taking it.
"""


def submit(video):
    video.back = exchange(video, "middle", video.back + FRESH) % FRESH


def latest(video):
    word = video.middle
    if word < FRESH:
        return False
    new = video.front != word % FRESH
    video.front = word % FRESH
    return new
