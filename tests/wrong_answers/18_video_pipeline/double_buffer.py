"""submit: only two slots are used.

The learner believes that one slot to draw and one to show are enough: the two change places.
"""


def submit(video):
    done = video.back
    video.back = 1 if done == 0 else 0
    video.middle = done + FRESH


def latest(video):
    word = video.middle
    if word < FRESH:
        return False
    video.middle = word - FRESH
    video.front = word - FRESH
    return True
