"""submit: only looked at, and not taken.

The learner lets the screen take the mark away, and leaves the slot there.
"""


def submit(video):
    video.back = exchange(video, "middle", video.back + FRESH) % FRESH


def latest(video):
    word = video.middle
    if word < FRESH:
        return False
    video.front = word - FRESH
    video.middle = word - FRESH
    return True
