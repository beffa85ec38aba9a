"""submit: swapped in two steps.

The learner swaps as in any program of one process.
"""


def submit(video):
    done = video.back
    video.back = video.middle % FRESH
    video.middle = done + FRESH


def latest(video):
    word = video.middle
    if word < FRESH:
        return False
    video.middle = video.front
    video.front = word % FRESH
    return True
